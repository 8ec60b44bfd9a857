// The byte pattern of fill and verify: 64-bit little-endian words, word i is mix(seed) + i * kWeylStep (a
// Weyl sequence), mix is the finalizer of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, 2014). Plain loops over memory, which may run under a SIGBUS guard.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gemrig {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the pattern is defined for little-endian machines");

inline constexpr uint64_t kWeylStep = 0x9e3779b97f4a7c15;

// Mapped memory has no type of its own, so words and bytes of it may be read in turn.
using MappedWord __attribute__((may_alias)) = uint64_t;

inline constexpr uint64_t mixSeed(uint64_t seed) {
  uint64_t z = seed + kWeylStep;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

inline uint64_t patternWord(uint64_t mixed, uint64_t index) { return mixed + index * kWeylStep; }

inline uint8_t patternByte(uint64_t mixed, uint64_t position) {
  return static_cast<uint8_t>(patternWord(mixed, position / 8) >> (position % 8 * 8));
}

// The whole words of [offset, end): none when both ends lie in one word.
struct WordSpan {
  size_t firstWord;
  size_t endWord;
};

inline WordSpan wholeWords(size_t offset, size_t end) {
  const size_t firstWord = offset / 8 + (offset % 8 != 0 ? 1 : 0);
  return {firstWord, std::max(firstWord, end / 8)};
}

// Writes [offset, end) of a mapping that starts at `start`, which is aligned to words.
inline void fillPattern(uint8_t* start, uint64_t mixed, size_t offset, size_t end) {
  const WordSpan span = wholeWords(offset, end);
  size_t position = offset;
  for (; position < std::min(end, span.firstWord * 8); position++)
    start[position] = patternByte(mixed, position);

  auto* const words = reinterpret_cast<MappedWord*>(start);
  uint64_t value = patternWord(mixed, span.firstWord);
#pragma GCC unroll 8
  for (size_t i = span.firstWord; i < span.endWord; i++) {
    words[i] = value;
    value += kWeylStep;
  }

  for (position = std::max(position, span.endWord * 8); position < end; position++) {
    start[position] = patternByte(mixed, position);
  }
}

// How many words of [first, end) hold the pattern, up to the first that does not, whose difference it tells.
inline size_t countPatternWords(const MappedWord* words, uint64_t mixed, size_t first, size_t end,
                                uint64_t* difference) {
  // 2 KiB: long enough for the loop to be vectors, short enough to look at twice. Blocks end at multiples of
  // it, so none reaches into a next page: a wrong word is told also where the next page cannot be read.
  constexpr size_t kBlock = 256;
  size_t block = first;
  while (block < end) {
    const size_t blockEnd = std::min(end, (block / kBlock + 1) * kBlock);
    uint64_t anyDifference = 0;
    uint64_t value = patternWord(mixed, block);
#pragma GCC unroll 8
    for (size_t i = block; i < blockEnd; i++) {
      anyDifference |= words[i] ^ value;
      value += kWeylStep;
    }
    if (anyDifference != 0) {
      for (size_t i = block; i < blockEnd; i++) {
        *difference = words[i] ^ patternWord(mixed, i);
        if (*difference != 0) return i - first;
      }
      // Somebody repaired it between the two looks. It was wrong all the same.
      *difference = anyDifference;
      return block - first;
    }
    block = blockEnd;
  }
  return end - first;
}

// How many bytes of [offset, end) hold the pattern, up to the first that does not.
inline size_t countPatternBytes(const uint8_t* start, uint64_t mixed, size_t offset, size_t end) {
  const WordSpan span = wholeWords(offset, end);
  size_t position = offset;
  for (; position < std::min(end, span.firstWord * 8); position++) {
    if (start[position] != patternByte(mixed, position)) return position - offset;
  }

  const auto* const words = reinterpret_cast<const MappedWord*>(start);
  uint64_t difference = 0;
  const size_t right = countPatternWords(words, mixed, span.firstWord, span.endWord, &difference);
  if (right < span.endWord - span.firstWord) {
    const size_t wrongByte = static_cast<size_t>(__builtin_ctzll(difference)) / 8;
    return (span.firstWord + right) * 8 + wrongByte - offset;
  }

  for (position = std::max(position, span.endWord * 8); position < end; position++) {
    if (start[position] != patternByte(mixed, position)) return position - offset;
  }
  return end - offset;
}

}  // namespace gemrig
