// Timestamps and durations, and their texts on the wire.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace dms {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;  // 100 ns, as .NET

// A UTC moment with 100 ns ticks. On the wire ISO-8601 with Z and up to seven fraction digits,
// trailing zeros dropped: 2023-03-14T20:33:31.5488Z.
struct Timestamp {
  std::chrono::sys_time<Ticks> at{};

  auto operator<=>(const Timestamp&) const = default;

  std::string iso8601() const;
  // RFC 1123: "Tue, 14 Mar 2023 20:33:31 GMT", for HTTP headers.
  std::string rfc1123() const;
  // The service's ETag of a moment: 0x and the upper-case hex of the .NET ticks (100 ns since
  // 0001-01-01). Unquoted.
  std::string etag() const;

  // Reads ISO-8601 with Z or an offset (fraction optional), or RFC 1123.
  // Errors: invalid_argument with the text.
  static Result<Timestamp> parse(std::string_view text);
};

// A span of time; on the wire an ISO-8601 duration, normalised as the service does it: PT6M, P1D,
// P1279DT12H30M5S (a year is 365 days, a month 30). "Unlimited" is .NET's TimeSpan.MaxValue.
struct Duration {
  Ticks span{};

  auto operator<=>(const Duration&) const = default;

  static Duration unlimited();  // P10675199DT2H48M5.4775807S
  bool is_unlimited() const;
  std::string iso8601() const;
  // Errors: invalid_argument with the text.
  static Result<Duration> parse(std::string_view text);
};

}  // namespace dms
