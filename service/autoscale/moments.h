// Moments and spans of time as formulas write and print them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "core/result.h"
#include "core/time.h"

namespace dms::service::autoscale {

// The parts of a timestamp that a formula reads as `t.hour`.
enum class MomentPart { year, month, day, weekday, hour, minute, second };
constexpr auto words(MomentPart) {
  using enum MomentPart;
  return std::array{word(year, "year"),       word(month, "month"), word(day, "day"),
                    word(weekday, "weekday"), word(hour, "hour"),   word(minute, "minute"),
                    word(second, "second")};
}

// A part as a number. A weekday is 1 for Monday to 7 for Sunday; seconds are whole.
int part_of(Timestamp moment, MomentPart part);

// Reads W3C-DTF ("2016", "2016-10", "2016-10-13", "2016-10-13T19:18Z" and finer) or RFC 1123. A
// time of day without a zone is UTC.
// Errors: invalid_argument with the text.
Result<Timestamp> parse_moment(std::string_view text);

// "2016-10-13T19:18:47.805Z": milliseconds, finer is cut off.
std::string moment_text(Timestamp moment);

// "[-][d.]hh:mm:ss[.fffffff]", as .NET prints a TimeSpan.
std::string interval_text(Ticks interval);

// Whether a moment lies in the years 1 to 9999, which all texts can hold.
bool in_calendar(Timestamp moment);

}  // namespace dms::service::autoscale
