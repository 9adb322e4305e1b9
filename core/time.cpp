#include "core/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace dms {
namespace {

constexpr std::int64_t ticks_per_second = 10'000'000;
// .NET counts its ticks from 0001-01-01; this is 1970-01-01 on that scale.
constexpr std::int64_t unix_epoch_in_dotnet_ticks = 621'355'968'000'000'000;

constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a text from its front. Every taker leaves the text as it was when it does not match.
struct TimeReader {
  std::string_view rest;

  bool done() const { return rest.empty(); }

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }

  bool take(std::string_view text) {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
  }

  // Exactly `digits` decimal digits.
  std::optional<int> take_number(std::size_t digits) {
    int value = 0;
    if (rest.size() < digits) return std::nullopt;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return std::nullopt;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(digits);
    return value;
  }

  // One or more digits as a fraction of a second in ticks; what is finer than a tick is cut off.
  std::optional<std::int64_t> take_fraction() {
    std::int64_t ticks = 0;
    std::int64_t unit = ticks_per_second;
    std::size_t used = 0;
    for (; used < rest.size() && rest[used] >= '0' && rest[used] <= '9'; ++used) {
      unit /= 10;
      ticks += unit * (rest[used] - '0');
    }
    if (used == 0) return std::nullopt;
    rest.remove_prefix(used);
    return ticks;
  }

  template <std::size_t N>
  std::optional<unsigned> take_name(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i)
      if (take(names[i])) return i;
    return std::nullopt;
  }
};

// A number and the separator before it, as in "-11".
std::optional<int> take_after(TimeReader& in, char separator, std::size_t digits) {
  if (!in.take(separator)) return std::nullopt;
  return in.take_number(digits);
}

constexpr std::chrono::sys_time<Ticks> first_moment =
    std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr std::chrono::sys_time<Ticks> end_of_time =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};

std::optional<Timestamp> assemble(int year, unsigned month, unsigned day, std::int64_t seconds,
                                  std::int64_t ticks) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  const Timestamp moment{std::chrono::sys_days{date} + std::chrono::seconds{seconds} +
                         Ticks{ticks}};
  // An offset or a leap second may lead out of the years that four digits can write.
  if (moment.at < first_moment || moment.at >= end_of_time) return std::nullopt;
  return moment;
}

// "20:33:31" in seconds. A leap second reads as the second after it.
std::optional<std::int64_t> take_clock_time(TimeReader& in) {
  const auto hour = in.take_number(2);
  if (!hour) return std::nullopt;
  const auto minute = take_after(in, ':', 2);
  if (!minute) return std::nullopt;
  const auto second = take_after(in, ':', 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::int64_t{*hour} * 3600 + *minute * 60 + *second;
}

// "Z", "+01:00" or "-0130", in seconds east of Greenwich.
std::optional<std::int64_t> take_offset(TimeReader& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool east = in.take('+');
  if (!east && !in.take('-')) return std::nullopt;
  const auto hours = in.take_number(2);
  in.take(':');
  const auto minutes = in.take_number(2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = std::int64_t{*hours} * 3600 + *minutes * 60;
  return east ? seconds : -seconds;
}

std::optional<Timestamp> parse_iso8601(std::string_view text) {
  TimeReader in{text};
  const auto year = in.take_number(4);
  if (!year) return std::nullopt;
  const auto month = take_after(in, '-', 2);
  if (!month) return std::nullopt;
  const auto day = take_after(in, '-', 2);
  if (!day || !(in.take('T') || in.take('t'))) return std::nullopt;
  const auto seconds = take_clock_time(in);
  if (!seconds) return std::nullopt;
  std::optional<std::int64_t> ticks = 0;
  if (in.take('.')) ticks = in.take_fraction();
  const auto offset = take_offset(in);
  if (!ticks || !offset || !in.done()) return std::nullopt;
  return assemble(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day),
                  *seconds - *offset, *ticks);
}

std::optional<Timestamp> parse_rfc1123(std::string_view text) {
  TimeReader in{text};
  if (!in.take_name(day_names) || !in.take(", ")) return std::nullopt;
  const auto day = in.take_number(2);
  if (!day || !in.take(' ')) return std::nullopt;
  const auto month = in.take_name(month_names);
  if (!month) return std::nullopt;
  const auto year = take_after(in, ' ', 4);
  if (!year || !in.take(' ')) return std::nullopt;
  const auto seconds = take_clock_time(in);
  if (!seconds || !in.take(" GMT") || !in.done()) return std::nullopt;
  return assemble(*year, *month + 1, static_cast<unsigned>(*day), *seconds, 0);
}

struct Fields {
  std::chrono::year_month_day date;
  std::chrono::weekday weekday;
  std::chrono::hh_mm_ss<Ticks> time;
};

Fields split(std::chrono::sys_time<Ticks> at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  return {std::chrono::year_month_day{day}, std::chrono::weekday{day},
          std::chrono::hh_mm_ss<Ticks>{at - day}};
}

// ".5488" for 5'488'000 ticks, "" for none.
std::string fraction_text(std::int64_t ticks) {
  if (ticks == 0) return "";
  std::string text = fmt::format(".{:07}", ticks);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

std::string Timestamp::iso8601() const {
  const Fields f = split(at);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(f.date.year()),
                     static_cast<unsigned>(f.date.month()), static_cast<unsigned>(f.date.day()),
                     f.time.hours().count(), f.time.minutes().count(), f.time.seconds().count(),
                     fraction_text(f.time.subseconds().count()));
}

std::string Timestamp::rfc1123() const {
  const Fields f = split(at);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day_names[f.weekday.c_encoding()],
                     static_cast<unsigned>(f.date.day()),
                     month_names[static_cast<unsigned>(f.date.month()) - 1],
                     static_cast<int>(f.date.year()), f.time.hours().count(),
                     f.time.minutes().count(), f.time.seconds().count());
}

std::string Timestamp::etag() const {
  return fmt::format("0x{:X}", at.time_since_epoch().count() + unix_epoch_in_dotnet_ticks);
}

Result<Timestamp> Timestamp::parse(std::string_view text) {
  if (const auto iso = parse_iso8601(text)) return *iso;
  if (const auto rfc = parse_rfc1123(text)) return *rfc;
  return fail(Code::invalid_argument,
              fmt::format("'{}' is not a date and time such as 2023-03-14T20:33:31Z", text));
}

Duration Duration::unlimited() { return {Ticks::max()}; }

bool Duration::is_unlimited() const { return span == Ticks::max(); }

std::string Duration::iso8601() const {
  // The magnitude is unsigned, because the smallest span has no positive twin.
  const auto count = span.count();
  std::uint64_t left =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const auto ticks = static_cast<std::int64_t>(left % ticks_per_second);
  left /= ticks_per_second;
  const auto seconds = left % 60, minutes = left / 60 % 60, hours = left / 3600 % 24,
             days = left / 86400;
  std::string text = count < 0 ? "-P" : "P";
  if (days) text += fmt::format("{}D", days);
  std::string time;
  if (hours) time += fmt::format("{}H", hours);
  if (minutes) time += fmt::format("{}M", minutes);
  if (seconds || ticks) time += fmt::format("{}{}S", seconds, fraction_text(ticks));
  if (time.empty() && days == 0) time = "0S";
  if (!time.empty()) text.append("T").append(time);
  return text;
}

namespace {

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::int64_t day_seconds = 86400;
constexpr std::array<Unit, 4> date_units = {{{'Y', 365 * day_seconds},
                                             {'M', 30 * day_seconds},
                                             {'W', 7 * day_seconds},
                                             {'D', day_seconds}}};
constexpr std::array<Unit, 3> time_units = {{{'H', 3600}, {'M', 60}, {'S', 1}}};

// Adds `amount` units to `total`, false when the sum leaves the range of ticks.
bool add_units(std::int64_t amount, std::int64_t unit_seconds, std::int64_t& total) {
  std::int64_t ticks = 0;
  return !__builtin_mul_overflow(amount, unit_seconds * ticks_per_second, &ticks) &&
         !__builtin_add_overflow(total, ticks, &total);
}

// Reads "3Y6M4D" into `total`: units in the table's order, each at most once. False on anything
// else; a part without any unit reads as false too.
template <std::size_t N>
bool take_units(TimeReader& in, const std::array<Unit, N>& units, std::int64_t& total) {
  std::size_t next = 0;
  bool any = false;
  while (!in.done() && in.rest.front() != 'T') {
    std::int64_t amount = 0;
    const auto [end, error] =
        std::from_chars(in.rest.data(), in.rest.data() + in.rest.size(), amount);
    if (error != std::errc{} || amount < 0) return false;
    in.rest.remove_prefix(static_cast<std::size_t>(end - in.rest.data()));
    std::optional<std::int64_t> fraction;
    if (in.take('.') && !(fraction = in.take_fraction())) return false;
    while (next < N && !in.take(units[next].letter)) ++next;
    if (next == N || (fraction && units[next].letter != 'S')) return false;
    if (!add_units(amount, units[next].seconds, total)) return false;
    if (__builtin_add_overflow(total, fraction.value_or(0), &total)) return false;
    ++next;
    any = true;
  }
  return any;
}

std::optional<Duration> parse_duration(std::string_view text) {
  TimeReader in{text};
  const bool negative = in.take('-');
  if (!in.take('P') || in.done()) return std::nullopt;
  std::int64_t total = 0;
  if (in.rest.front() != 'T' && !take_units(in, date_units, total)) return std::nullopt;
  if (in.take('T') && !take_units(in, time_units, total)) return std::nullopt;
  if (!in.done()) return std::nullopt;
  return Duration{Ticks{negative ? -total : total}};
}

}  // namespace

Result<Duration> Duration::parse(std::string_view text) {
  if (const auto duration = parse_duration(text)) return *duration;
  return fail(Code::invalid_argument,
              fmt::format("'{}' is not an ISO-8601 duration such as PT6M or P1DT2H", text));
}

}  // namespace dms
