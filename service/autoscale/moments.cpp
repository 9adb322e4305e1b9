#include "service/autoscale/moments.h"

#include <fmt/format.h>

#include <chrono>

namespace dms::service::autoscale {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t ticks_per_second = 10'000'000;

// The text with what W3C-DTF lets a writer leave out: "2016-10-13T19:18+01:00" gains its seconds.
std::string completed(std::string_view text) {
  constexpr std::string_view pattern = "0000-01-01T00:00:00";
  std::string full(text);
  if (full.size() == 4 || full.size() == 7 || full.size() == 10)
    return full.append(pattern.substr(full.size())) + "Z";
  const std::size_t clock = full.find_first_of("Tt");
  if (clock != 10) return full;
  std::size_t zone = full.find_first_of("Zz+-", clock);
  if (zone == std::string::npos) {
    zone = full.size();
    full += 'Z';
  }
  if (zone - clock == std::string_view("T00:00").size()) full.insert(zone, ":00");
  return full;
}

}  // namespace

int part_of(Timestamp moment, MomentPart part) {
  const auto day = std::chrono::floor<std::chrono::days>(moment.at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<Ticks> time{moment.at - day};
  switch (part) {
    case MomentPart::year: return int(date.year());
    case MomentPart::month: return int(unsigned(date.month()));
    case MomentPart::day: return int(unsigned(date.day()));
    case MomentPart::weekday: return int(std::chrono::weekday{day}.iso_encoding());
    case MomentPart::hour: return int(time.hours().count());
    case MomentPart::minute: return int(time.minutes().count());
    case MomentPart::second: return int(time.seconds().count());
  }
  return 0;
}

Result<Timestamp> parse_moment(std::string_view text) {
  if (const auto moment = Timestamp::parse(completed(text))) return *moment;
  return fail(Code::invalid_argument,
              fmt::format("'{}' is not a date and time such as 2016-10-13T19:18:47Z", text));
}

std::string moment_text(Timestamp moment) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(moment.at);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(moment.at - seconds).count();
  std::string text = Timestamp{seconds}.iso8601();
  text.pop_back();  // its Z
  return text + fmt::format(".{:03}Z", millis);
}

std::string interval_text(Ticks interval) {
  const std::int64_t ticks = interval.count();
  // The magnitude is unsigned, because the smallest span has no positive twin.
  std::uint64_t left = ticks < 0 ? 0 - std::uint64_t(ticks) : std::uint64_t(ticks);
  const std::uint64_t fraction = left % ticks_per_second;
  left /= ticks_per_second;
  std::string text = ticks < 0 ? "-" : "";
  if (const std::uint64_t days = left / 86400) text += fmt::format("{}.", days);
  text += fmt::format("{:02}:{:02}:{:02}", left / 3600 % 24, left / 60 % 60, left % 60);
  if (fraction) text += fmt::format(".{:07}", fraction);
  return text;
}

bool in_calendar(Timestamp moment) {
  constexpr std::chrono::sys_days first = std::chrono::year{1} / 1 / 1;
  constexpr std::chrono::sys_days end = std::chrono::year{10000} / 1 / 1;
  return moment.at >= first && moment.at < end;
}

}  // namespace dms::service::autoscale
