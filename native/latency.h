// Counts of durations in log-linear buckets: 16 for each power of two, so that each is 6.25 % wide. The
// numbering is that of ProgramOpReport.histogram in src/backend/program-calls.ts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace gemrig {

class LatencyHistogram {
 public:
  static constexpr size_t kBuckets = 976;

  void add(uint64_t ns) {
    buckets_[bucketOf(ns)]++;
    count_++;
    totalNs_ += ns;
    minimumNs_ = std::min(minimumNs_, ns);
    maximumNs_ = std::max(maximumNs_, ns);
  }

  void merge(const LatencyHistogram& other) {
    for (size_t i = 0; i < kBuckets; i++) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    totalNs_ += other.totalNs_;
    minimumNs_ = std::min(minimumNs_, other.minimumNs_);
    maximumNs_ = std::max(maximumNs_, other.maximumNs_);
  }

  static size_t bucketOf(uint64_t ns) {
    if (ns < 16) return static_cast<size_t>(ns);
    const int exponent = 63 - __builtin_clzll(ns);
    return static_cast<size_t>(exponent - 3) * 16 + static_cast<size_t>(ns >> (exponent - 4) & 15);
  }

  const std::array<uint64_t, kBuckets>& buckets() const { return buckets_; }
  uint64_t count() const { return count_; }
  uint64_t totalNs() const { return totalNs_; }
  uint64_t minimumNs() const { return count_ == 0 ? 0 : minimumNs_; }
  uint64_t maximumNs() const { return maximumNs_; }

 private:
  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t totalNs_ = 0;
  uint64_t minimumNs_ = UINT64_MAX;
  uint64_t maximumNs_ = 0;
};

static_assert(LatencyHistogram::kBuckets == (63 - 3 + 1) * 16, "durations of 64 bits");

}  // namespace gemrig
