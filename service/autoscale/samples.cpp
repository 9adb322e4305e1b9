#include "service/autoscale/samples.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace dms::service::autoscale {

SampleRow::SampleRow() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }

SampleRow& SampleRow::set(Metric metric, double value) {
  values_[std::size_t(metric)] = value;
  return *this;
}

std::optional<double> SampleRow::get(Metric metric) const {
  const double value = values_[std::size_t(metric)];
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

double Found::percent() const {
  if (possible <= 0) return 0;
  return std::min(100.0, 100.0 * double(values.size()) / double(possible));
}

Samples::Samples(const Options& options) : options_(options) {
  assert(options_.interval > Ticks{0} && options_.lag >= Ticks{0} &&
         options_.history >= options_.interval);
}

std::int64_t Samples::slot_of(Timestamp at) const {
  const std::int64_t ticks = at.at.time_since_epoch().count();
  const std::int64_t interval = options_.interval.count();
  return ticks / interval - (ticks % interval < 0 ? 1 : 0);
}

Timestamp Samples::beginning_of(std::int64_t slot) const {
  return {std::chrono::sys_time<Ticks>{slot * options_.interval}};
}

bool Samples::due(Timestamp now) const {
  return slots_.empty() || slots_.back().number < slot_of(now);
}

Timestamp Samples::next_due(Timestamp now) const { return beginning_of(slot_of(now) + 1); }

void Samples::record(Timestamp now, const SampleRow& row) {
  const std::int64_t slot = slot_of(now);
  if (slots_.empty() || slots_.back().number < slot) {
    slots_.push_back({slot, row});
  } else if (slots_.back().number == slot) {
    slots_.back().row = row;
  }
  const std::int64_t oldest = slots_.back().number - options_.history / options_.interval;
  while (slots_.front().number <= oldest || slots_.size() > max_rows) slots_.pop_front();
}

Found Samples::newest(Metric metric, std::int64_t count, Timestamp now) const {
  Found found{.possible = count};
  const std::int64_t last = slot_of(visible_until(now));
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
    if (slot->number > last) continue;
    if (std::int64_t(found.values.size()) == count) break;
    if (const auto value = slot->row.get(metric)) found.values.push_back(*value);
  }
  std::reverse(found.values.begin(), found.values.end());
  return found;
}

Found Samples::within(Metric metric, Window window, Timestamp now) const {
  const std::int64_t to = slot_of(window.to);
  const std::int64_t from = std::min(slot_of(window.from), to - 1);
  const std::int64_t last = std::min(to, slot_of(visible_until(now)));
  Found found{.possible = to - from};
  const auto first = std::partition_point(slots_.begin(), slots_.end(),
                                          [&](const Slot& slot) { return slot.number <= from; });
  for (auto slot = first; slot != slots_.end() && slot->number <= last; ++slot)
    if (const auto value = slot->row.get(metric)) found.values.push_back(*value);
  return found;
}

std::int64_t Samples::count(Metric metric, Timestamp now) const {
  const std::int64_t last = slot_of(visible_until(now));
  return std::count_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return slot.number <= last && slot.row.get(metric).has_value();
  });
}

std::optional<Timestamp> Samples::history_begin(Metric metric, Timestamp now) const {
  const std::int64_t last = slot_of(visible_until(now));
  for (const Slot& slot : slots_) {
    if (slot.number > last) break;
    if (slot.row.get(metric)) return beginning_of(slot.number);
  }
  return std::nullopt;
}

Timestamp Samples::visible_until(Timestamp now) const { return {now.at - options_.lag}; }

}  // namespace dms::service::autoscale
