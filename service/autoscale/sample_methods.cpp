#include "service/autoscale/sample_methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "service/autoscale/moments.h"

namespace dms::service::autoscale {
namespace {

Error insufficient(Metric metric, double wanted, double received) {
  Error error =
      fail(Code::unavailable,
           fmt::format("Insufficient data from data set: {} wanted {:.0f}%, received {:.0f}%",
                       text_of(metric), wanted, std::floor(received)));
  error.service_code = insufficient_samples;
  return error;
}

// A call of one method on one series.
class Question {
 public:
  Question(SampleMethod method, Metric metric, const std::vector<Value>& arguments,
           const Samples& samples, Timestamp now)
      : method_(method), metric_(metric), arguments_(arguments), samples_(samples), now_(now) {}

  Result<Value> get_sample() const {
    if (const auto count = as_number(arguments_[0])) return newest(*count);
    const bool has_end = arguments_.size() > 1 && !as_number(arguments_[1]);
    const std::size_t percent_at = has_end ? 2 : 1;
    if (arguments_.size() > percent_at + 1)
      return wrong_use(name() + " has a superfluous argument");
    double wanted = default_percent;
    if (arguments_.size() > percent_at) {
      DMS_TRY(wanted, percent(arguments_[percent_at]));
    }
    DMS_TRY(const Window range, window(has_end));
    return enough(samples_.within(metric_, range, now_), wanted);
  }

  Result<Value> get_sample_percent() const {
    DMS_TRY(const Window range, window(arguments_.size() > 1));
    return Value(samples_.within(metric_, range, now_).percent());
  }

  Result<Value> history_begin_time() const {
    const auto begin = samples_.history_begin(metric_, now_);
    if (!begin) return insufficient(metric_, default_percent, 0);
    return Value(*begin);
  }

 private:
  std::string name() const { return std::string(text_of(method_)); }

  Result<Value> newest(double count) const {
    if (arguments_.size() > 1)
      return wrong_use(name() + " with a number of samples takes no other argument");
    if (count < 1 || count != std::floor(count) || count > 1e9)
      return wrong_use(
          fmt::format("{} needs a whole number of samples, at least 1, not {}", name(), count));
    return enough(samples_.newest(metric_, std::int64_t(count), now_), default_percent);
  }

  Result<Value> enough(Found found, double wanted) const {
    if (found.percent() < wanted) return insufficient(metric_, wanted, found.percent());
    return Value(std::move(found.values));
  }

  Result<double> percent(const Value& value) const {
    const auto number = as_number(value);
    if (!number || *number < 0 || *number > 100)
      return wrong_use(
          fmt::format("{} needs a percentage from 0 to 100, not {}", name(),
                      number ? fmt::format("{}", *number) : std::string(type_name(value))));
    return *number;
  }

  // The moment that a start or an end means; intervals reach back from `origin`.
  Result<Timestamp> moment(const Value& value, Timestamp origin) const {
    if (const auto* at = std::get_if<Timestamp>(&value)) return *at;
    const auto* interval = std::get_if<Ticks>(&value);
    if (!interval)
      return wrong_use(fmt::format("{} needs a timestamp or a timeinterval, not a {}", name(),
                                   type_name(value)));
    std::int64_t ticks = 0;
    const bool overflow =
        __builtin_sub_overflow(origin.at.time_since_epoch().count(), interval->count(), &ticks);
    const Timestamp at{std::chrono::sys_time<Ticks>{Ticks{ticks}}};
    if (overflow || !in_calendar(at))
      return wrong_use(fmt::format("{} cannot look back {}", name(), interval_text(*interval)));
    return at;
  }

  Result<Window> window(bool has_end) const {
    if (!has_end) {
      const Timestamp newest_visible = samples_.visible_until(now_);
      DMS_TRY(const Timestamp start, moment(arguments_[0], newest_visible));
      return Window{std::min(start, newest_visible), newest_visible};
    }
    DMS_TRY(const Timestamp start, moment(arguments_[0], now_));
    DMS_TRY(const Timestamp end, moment(arguments_[1], now_));
    return Window{std::min(start, end), std::max(start, end)};
  }

  SampleMethod method_;
  Metric metric_;
  const std::vector<Value>& arguments_;
  const Samples& samples_;
  Timestamp now_;
};

}  // namespace

Result<Value> call(SampleMethod method, Metric metric, const std::vector<Value>& arguments,
                   const Samples& samples, Timestamp now) {
  const Question question(method, metric, arguments, samples, now);
  switch (method) {
    case SampleMethod::get_sample: return question.get_sample();
    case SampleMethod::get_sample_percent: return question.get_sample_percent();
    case SampleMethod::get_sample_period: return Value(samples.options().interval);
    case SampleMethod::count: return Value(double(samples.count(metric, now)));
    case SampleMethod::history_begin_time: return question.history_begin_time();
  }
  return wrong_use("no such method");
}

}  // namespace dms::service::autoscale
