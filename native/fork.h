// verify() of a mapping by a forked process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemrig {

// RAISED_SIGBUS of src/backend/memory-calls.ts: 128 + the number of the signal.
constexpr int kRaisedSigbus = -135;

// How many bytes of the mapping hold the pattern, kRaisedSigbus, or a negative errno: memory-calls.ts.
int64_t verifyInFork(uint8_t* start, size_t length, uint64_t mixed, bool exec);

}  // namespace gemrig
