#include "models/sweep/dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/letters.h"

namespace dms::models {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> month_names{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> day_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::string_view directives = "YymdejbBaAHMSFT%";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A date taken apart.
struct Fields {
  explicit Fields(DateTime date)
      : day_start(floor<days>(date)), ymd(day_start), time(date - day_start) {}

  sys_days day_start;
  year_month_day ymd;
  hh_mm_ss<seconds> time;
};

std::string written(char directive, const Fields& of) {
  const int year = static_cast<int>(of.ymd.year());
  const auto month = static_cast<unsigned>(of.ymd.month());
  const auto day = static_cast<unsigned>(of.ymd.day());
  const auto week_day = weekday(of.day_start).c_encoding();
  switch (directive) {
    case 'Y': return fmt::format("{:04}", year);
    case 'y': return fmt::format("{:02}", year % 100);
    case 'm': return fmt::format("{:02}", month);
    case 'd': return fmt::format("{:02}", day);
    case 'e': return fmt::format("{:2}", day);
    case 'j':
      return fmt::format("{:03}",
                         (of.day_start - sys_days(of.ymd.year() / January / 1)).count() + 1);
    case 'b': return std::string(month_names[month - 1].substr(0, 3));
    case 'B': return std::string(month_names[month - 1]);
    case 'a': return std::string(day_names[week_day].substr(0, 3));
    case 'A': return std::string(day_names[week_day]);
    case 'H': return fmt::format("{:02}", of.time.hours().count());
    case 'M': return fmt::format("{:02}", of.time.minutes().count());
    case 'S': return fmt::format("{:02}", of.time.seconds().count());
    default: return std::string(1, directive);
  }
}

// %F and %T written out.
std::string expanded(std::string_view pattern) {
  std::string full;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view two = pattern.substr(at, 2);
    if (two == "%F" || two == "%T") {
      full += two == "%F" ? "%Y-%m-%d" : "%H:%M:%S";
      ++at;
    } else {
      full += pattern[at];
      if (two == "%%") full += pattern[++at];
    }
  }
  return full;
}

// Takes a text apart from its front.
class DateText {
 public:
  explicit DateText(std::string_view rest) : rest_(rest) {}

  bool ended() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // How many digits are next.
  std::size_t digits() const {
    return static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_digit) -
                                    rest_.begin());
  }
  // A number of at most `digits` digits; nothing without one.
  std::optional<int> number(std::size_t digits) {
    while (take(' ')) {
    }
    std::size_t length = 0;
    int value = 0;
    while (length < digits && length < rest_.size() && is_digit(rest_[length]))
      value = value * 10 + (rest_[length++] - '0');
    if (length == 0) return std::nullopt;
    rest_.remove_prefix(length);
    return value;
  }
  // Which of the names is next, whole or its first three letters.
  template <std::size_t count>
  std::optional<int> name(const std::array<std::string_view, count>& names, bool whole) {
    for (std::size_t at = 0; at < count; ++at) {
      const std::string_view wanted = whole ? names[at] : names[at].substr(0, 3);
      if (rest_.size() < wanted.size()) continue;
      if (!std::equal(wanted.begin(), wanted.end(), rest_.begin(),
                      [](char a, char b) { return lower(a) == lower(b); }))
        continue;
      rest_.remove_prefix(wanted.size());
      return static_cast<int>(at);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

// What a text said of a date.
struct Parts {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::optional<int> day_of_year;
};

bool keep(std::optional<int> number, int& out) {
  if (number) out = *number;
  return number.has_value();
}

bool read_part(DateText& text, char directive, Parts& parts) {
  switch (directive) {
    case 'Y': return keep(text.number(4), parts.year);
    case 'y': {
      const auto year = text.number(2);
      if (!year) return false;
      parts.year = *year + (*year < 69 ? 2000 : 1900);  // as POSIX has it
      return true;
    }
    case 'm': return keep(text.number(2), parts.month);
    case 'd': return keep(text.number(2), parts.day);
    // A blank is written for the first digit, and another number may follow at once.
    case 'e': return keep(text.number(text.take(' ') && text.digits() > 2 ? 1 : 2), parts.day);
    case 'j': return (parts.day_of_year = text.number(3)).has_value();
    case 'b':
    case 'B': {
      const auto month = text.name(month_names, directive == 'B');
      if (month) parts.month = *month + 1;
      return month.has_value();
    }
    case 'a':
    case 'A': return text.name(day_names, directive == 'A').has_value();
    case 'H': return keep(text.number(2), parts.hour);
    case 'M': return keep(text.number(2), parts.minute);
    case 'S': return keep(text.number(2), parts.second);
    default: return text.take('%');
  }
}

std::optional<DateTime> date_of(const Parts& parts) {
  const year_month_day ymd = year(parts.year) / parts.month / parts.day;
  if (!ymd.ok() || parts.year < 1 || parts.hour > 24 || parts.minute > 59 || parts.second > 59)
    return std::nullopt;
  sys_days day = ymd;
  if (parts.day_of_year) {
    if (*parts.day_of_year < 1 || *parts.day_of_year > (year(parts.year).is_leap() ? 366 : 365))
      return std::nullopt;
    day = sys_days(year(parts.year) / January / 1) + days(*parts.day_of_year - 1);
  }
  // 24:00 is the end of the day, as DSM2 and HEC-DSS write it.
  if (parts.hour == 24 && (parts.minute > 0 || parts.second > 0)) return std::nullopt;
  return day + hours(parts.hour) + minutes(parts.minute) + seconds(parts.second);
}

// No step leads further than the calendar, so that its multiples can be counted.
constexpr std::int64_t longest_months = 120'000;
constexpr seconds longest_seconds = days(3'653'000);

constexpr std::string_view longest_dates = "more than 10000000 dates";

// The dates that are beyond neither `last` nor max_dates.
std::uint64_t count_until(DateTime first, DateTime last, DateStep step, bool forward) {
  const auto is_within = [&](std::int64_t times) {
    const DateTime date = shifted(first, step, times);
    return is_in_range(date) && (forward ? date <= last : date >= last);
  };
  std::int64_t low = 0, high = 1;  // low is within, high is not
  while (high <= static_cast<std::int64_t>(max_dates) && is_within(high)) low = high, high *= 2;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (is_within(middle) ? low : high) = middle;
  }
  return static_cast<std::uint64_t>(low) + 1;
}

}  // namespace

Result<DateFormat> DateFormat::make(std::string_view pattern, Letters letters) {
  bool tells_something = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') continue;
    ++at;
    if (at == pattern.size() || directives.find(pattern[at]) == directives.npos)
      return fail(Code::invalid_argument,
                  fmt::format("'%{}' is none of %Y %y %m %d %e %j %b %B %a %A %H %M %S %F %T %%",
                              pattern.substr(at, 1)));
    tells_something = tells_something || pattern[at] != '%';
  }
  if (!tells_something)
    return fail(
        Code::invalid_argument,
        fmt::format("'{}' writes every date alike: it has no %Y, %m, %d or the like", pattern));
  DateFormat format;
  format.pattern_ = expanded(pattern);
  format.letters_ = letters;
  return format;
}

std::string DateFormat::write(DateTime date) const {
  const Fields fields(date);
  std::string text;
  for (std::size_t at = 0; at < pattern_.size(); ++at) {
    if (pattern_[at] == '%')
      text += written(pattern_[++at], fields);
    else
      text += pattern_[at];
  }
  if (letters_ == Letters::upper)
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::optional<DateTime> DateFormat::read(std::string_view text) const {
  DateText rest(text);
  Parts parts;
  for (std::size_t at = 0; at < pattern_.size(); ++at) {
    const char c = pattern_[at];
    if (c == '%'
            ? !read_part(rest, pattern_[++at], parts)
            : !rest.take(c) && !rest.take(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c))
      return std::nullopt;
  }
  if (!rest.ended()) return std::nullopt;
  return date_of(parts);
}

std::optional<DateStep> parse_date_step(std::string_view text) {
  struct Unit {
    std::string_view name;
    DateStep step;
  };
  static constexpr std::array units{
      Unit{"y", {.months = months(12)}},       Unit{"mo", {.months = months(1)}},
      Unit{"w", {.seconds = seconds(604800)}}, Unit{"d", {.seconds = seconds(86400)}},
      Unit{"h", {.seconds = seconds(3600)}},   Unit{"min", {.seconds = seconds(60)}},
      Unit{"s", {.seconds = seconds(1)}}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  DateStep step;
  while (!text.empty()) {
    std::int64_t count = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 9 && is_digit(text[digits]))
      count = count * 10 + (text[digits++] - '0');
    const std::string_view rest = text.substr(digits);
    const std::size_t letters =
        std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest.size());
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& known) {
      return known.name == rest.substr(0, letters);
    });
    if (digits == 0 || unit == units.end()) return std::nullopt;
    if (unit->step.months.count() > 0 && count > longest_months) return std::nullopt;
    step.months += unit->step.months * static_cast<int>(count);
    step.seconds += unit->step.seconds * count;
    if (step.months.count() > longest_months || step.seconds > longest_seconds) return std::nullopt;
    text.remove_prefix(digits + letters);
  }
  if (negative) step = {.months = -step.months, .seconds = -step.seconds};
  return step;
}

DateTime shifted(DateTime date, DateStep step, std::int64_t times) {
  const sys_days day = floor<days>(date);
  const seconds of_day = date - day;
  sys_days moved = day;
  if (step.months.count() != 0) {
    const year_month_day ymd(day);
    // So far away that no calendar knows it: anything out of range will do.
    const std::int64_t distance = step.months.count() * times;
    if (std::abs(distance) > 240'000) return DateTime(seconds(distance < 0 ? -1 : 1) * (1LL << 40));
    const year_month target = ymd.year() / ymd.month() + months(static_cast<int>(distance));
    const year_month_day_last last = target / std::chrono::last;
    moved = target / std::min(ymd.day(), last.day());
  }
  return moved + of_day + step.seconds * times;
}

std::optional<DateTime> parse_iso_date(std::string_view text) {
  static const std::array formats{
      *DateFormat::make("%Y-%m-%d"), *DateFormat::make("%Y-%m-%d %H:%M"),
      *DateFormat::make("%Y-%m-%dT%H:%M"), *DateFormat::make("%Y-%m-%d %H:%M:%S"),
      *DateFormat::make("%Y-%m-%dT%H:%M:%S")};
  if (text.size() < 8 || !is_digit(text.front())) return std::nullopt;
  for (const DateFormat& format : formats)
    if (const auto date = format.read(text)) return date;
  return std::nullopt;
}

bool is_in_range(DateTime date) {
  return date >= sys_days(year(1) / January / 1) && date < sys_days(year(10'000) / January / 1);
}

Result<Dates> make_dates(DateTime first, DateTime last, DateStep step, DateFormat format) {
  const DateTime next = shifted(first, step);
  if (next == first) return fail(Code::invalid_argument, "the step between dates cannot be 0");
  const bool forward = next > first;
  if (first != last && (last > first) != forward)
    return fail(
        Code::invalid_argument,
        fmt::format("dates from {} to {} need a step {}", format.write(first), format.write(last),
                    forward ? "back, such as -1d" : "ahead, such as 1d"));
  const std::uint64_t count = count_until(first, last, step, forward);
  if (count > max_dates) return fail(Code::invalid_argument, std::string(longest_dates));
  return Dates{first, step, count, std::move(format)};
}

Result<Dates> make_dates(DateTime first, std::uint64_t count, DateStep step, DateFormat format) {
  if (count == 0 || count > max_dates)
    return fail(Code::invalid_argument, fmt::format("there can be 1 to {} dates", max_dates));
  if (count > 1 && shifted(first, step) == first)
    return fail(Code::invalid_argument, "the step between dates cannot be 0");
  if (!is_in_range(shifted(first, step, static_cast<std::int64_t>(count - 1))))
    return fail(Code::invalid_argument, "the last date is outside of the years 1 to 9999");
  return Dates{first, step, count, std::move(format)};
}

}  // namespace dms::models
