// Dates and times of day of the calendar, without time zones: read, written and moved.
//
// Values and pure functions; names of months and days are English on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace dms::models {

using DateTime = std::chrono::sys_seconds;

// How a date is written: a pattern of strftime with %Y %y %m %d %e %j %b %B %a %A %H %M %S, %F for
// %Y-%m-%d, %T for %H:%M:%S, and %%.
class DateFormat {
 public:
  enum class Letters { as_they_are, upper };

  // "1990-01-31".
  DateFormat() = default;
  // Errors: invalid_argument for a % before anything else.
  static Result<DateFormat> make(std::string_view pattern, Letters letters = Letters::as_they_are);

  std::string write(DateTime date) const;
  // Reads what write() makes, names in any case, numbers with or without their leading zeros. What
  // the pattern leaves open is the first of January, 00:00. Nothing for another text and for a day
  // that is in no calendar. %a %A are read over.
  std::optional<DateTime> read(std::string_view text) const;

  const std::string& pattern() const { return pattern_; }
  Letters letters() const { return letters_; }

 private:
  std::string pattern_ = "%Y-%m-%d";
  Letters letters_ = Letters::as_they_are;
};

// A distance between dates: months count by the calendar, the rest is of fixed length.
struct DateStep {
  std::chrono::months months{0};
  std::chrono::seconds seconds{0};

  friend bool operator==(const DateStep&, const DateStep&) = default;
};

// "1d", "-92d", "1mo", "1y6mo", "12h", "15min", "2w", "30s"; nothing for another text. "1m" could
// be a minute or a month and is refused.
std::optional<DateStep> parse_date_step(std::string_view text);

// The date `times` steps later. A day that the month does not have becomes its last: one month
// after 31 January is 28 or 29 February, two months after is 31 March.
DateTime shifted(DateTime date, DateStep step, std::int64_t times = 1);

// "1990-01-31", "1990-01-31 06:30", "1990-01-31T06:30:00".
std::optional<DateTime> parse_iso_date(std::string_view text);

// Years outside of 1 to 9999 are no dates of models.
bool is_in_range(DateTime date);

// first, first + step, …: computed from the index.
struct Dates {
  DateTime first{};
  DateStep step{};
  std::uint64_t count = 0;
  DateFormat format;
};

// All dates from `first` that are not beyond `last`.
// Errors: invalid_argument for a step that leads nowhere or away from `last`, and for more than
// max_dates.
inline constexpr std::uint64_t max_dates = 10'000'000;
Result<Dates> make_dates(DateTime first, DateTime last, DateStep step, DateFormat format);
// `count` dates from `first`.
Result<Dates> make_dates(DateTime first, std::uint64_t count, DateStep step, DateFormat format);

}  // namespace dms::models
