#include "service/core/intervals.h"

#include <iterator>

namespace dms::service {

void Intervals::insert(std::int64_t number) {
  if (contains(number)) return;
  std::int64_t first = number;
  std::int64_t last = number;
  auto after = ranges_.upper_bound(number);
  if (after != ranges_.begin()) {
    const auto before = std::prev(after);
    if (before->second == number - 1) {
      first = before->first;
      ranges_.erase(before);
    }
  }
  if (after != ranges_.end() && after->first == number + 1) {
    last = after->second;
    ranges_.erase(after);
  }
  ranges_.emplace(first, last);
}

void Intervals::erase(std::int64_t number) {
  if (!contains(number)) return;
  const auto range = std::prev(ranges_.upper_bound(number));
  const auto [first, last] = *range;
  ranges_.erase(range);
  if (first < number) ranges_.emplace(first, number - 1);
  if (number < last) ranges_.emplace(number + 1, last);
}

std::int64_t Intervals::first_missing(std::int64_t from) const {
  const auto after = ranges_.upper_bound(from);
  if (after == ranges_.begin()) return from;
  const auto range = std::prev(after);
  return range->second >= from ? range->second + 1 : from;
}

}  // namespace dms::service
