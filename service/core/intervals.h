// A set of integers that knows its gaps.
#pragma once

#include <cstdint>
#include <map>

namespace dms::service {

// Kept as disjoint ranges that do not touch: as small as its number of gaps. Every operation takes
// logarithmic time.
class Intervals {
 public:
  void insert(std::int64_t number);
  void erase(std::int64_t number);
  bool contains(std::int64_t number) const { return first_missing(number) != number; }
  // The least integer from `from` on that is not in the set.
  std::int64_t first_missing(std::int64_t from) const;

 private:
  std::map<std::int64_t, std::int64_t> ranges_;  // first → last, both in the set
};

}  // namespace dms::service
