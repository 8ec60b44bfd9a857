"""Runs gemrig on the board of a labgrid place.

    pytest --lg-env rk3399.yaml test_gemrig.py

The board needs gemrig (`npm install --global gemrig`, Node 20). Results are copied to ./gemrig-results, also of a run
that fails; `gemrig report` makes pages of them.
"""

import os

import pytest

SCENARIOS = os.environ.get("GEMRIG_SCENARIOS", "bo-cache churn").split()
SECONDS = int(os.environ.get("GEMRIG_SECONDS", "60"))
# What gemrig says with its exit code.
PASS, FAIL, WRONG_USE, NOT_PREPARED, INCONCLUSIVE = 0, 1, 2, 3, 125


@pytest.fixture
def board(target):
    shell = target.get_driver("CommandProtocol")
    target.activate(shell)
    return shell


@pytest.fixture
def files(target):
    transfer = target.get_driver("FileTransferProtocol")
    target.activate(transfer)
    return transfer


def judge(code, lines):
    """Nothing reclaimed says nothing about the kernel; a board that could not be prepared says nothing either."""
    text = "\n".join(lines[-20:])
    if code == INCONCLUSIVE:
        pytest.skip(f"inconclusive: {text}")
    if code == NOT_PREPARED:
        pytest.skip(f"the board could not be prepared: {text}")
    assert code == PASS, f"exit code {code}:\n{text}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_stress(board, files, scenario):
    remote = board.run_check("mktemp -d")[0]
    try:
        # The verdict and what was broken are on standard output, progress and why there was no run on standard error.
        lines, errors, code = board.run(
            f"gemrig stress {scenario} --duration {SECONDS}s --allow-disruptive --out {remote}/{scenario}",
            timeout=4 * SECONDS + 120,
        )
        os.makedirs("gemrig-results", exist_ok=True)
        # A board that could not be prepared leaves no folder.
        board.run_check(f"mkdir -p {remote}/{scenario} && tar -C {remote} -czf {remote}/results.tgz {scenario}")
        files.get(f"{remote}/results.tgz", f"gemrig-results/{scenario}.tgz")
        judge(code, lines or errors)
    finally:
        board.run(f"rm -rf {remote}")


def test_conform(board):
    lines, errors, code = board.run("gemrig conform --ktap", timeout=600)
    failed = [line for line in lines if line.startswith("not ok")]
    judge(code, failed or errors)
