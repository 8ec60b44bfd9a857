// XXH64 with seed 0: the algorithm of xxhash.com, specification 0.2. A plain loop over memory, which may run
// under a SIGBUS guard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gemrig {

namespace xxh64 {

inline constexpr uint64_t kPrime1 = 0x9e3779b185ebca87;
inline constexpr uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
inline constexpr uint64_t kPrime3 = 0x165667b19e3779f9;
inline constexpr uint64_t kPrime4 = 0x85ebca77c2b2ae63;
inline constexpr uint64_t kPrime5 = 0x27d4eb2f165667c5;

inline uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

inline uint64_t round(uint64_t lane, uint64_t word) { return rotate(lane + word * kPrime2, 31) * kPrime1; }

template <typename Word>
Word load(const uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace xxh64

inline uint64_t hashXxh64(const uint8_t* bytes, size_t length) {
  using namespace xxh64;
  const uint8_t* const end = bytes + length;
  uint64_t hash = kPrime5;
  if (length >= 32) {
    uint64_t lanes[4] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
    for (; end - bytes >= 32; bytes += 32) {
      for (int i = 0; i < 4; i++) lanes[i] = round(lanes[i], load<uint64_t>(bytes + i * 8));
    }
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (const uint64_t lane : lanes) hash = (hash ^ round(0, lane)) * kPrime1 + kPrime4;
  }
  hash += length;
  for (; end - bytes >= 8; bytes += 8)
    hash = rotate(hash ^ round(0, load<uint64_t>(bytes)), 27) * kPrime1 + kPrime4;
  if (end - bytes >= 4) {
    hash = rotate(hash ^ load<uint32_t>(bytes) * kPrime1, 23) * kPrime2 + kPrime3;
    bytes += 4;
  }
  for (; bytes < end; bytes++) hash = rotate(hash ^ *bytes * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace gemrig
