#include "core/time_span.h"

#include <charconv>
#include <cstdint>

#include "core/time.h"

namespace dms {

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  using namespace std::chrono;
  const auto longest = floor<seconds>(Duration::unlimited().span);
  seconds total{0};
  while (!text.empty()) {
    std::int32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || count < 0 || digits == text.size()) return std::nullopt;
    switch (text[digits]) {
      case 's': total += seconds(count); break;
      case 'm': total += minutes(count); break;
      case 'h': total += hours(count); break;
      case 'd': total += days(count); break;
      default: return std::nullopt;
    }
    if (total > longest) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  if (total.count() == 0) return std::nullopt;
  return total;
}

}  // namespace dms
