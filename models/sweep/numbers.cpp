#include "models/sweep/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

namespace dms::models {
namespace {

constexpr double ln2 = 0.693147180559945309417;
constexpr double ln2_low = 2.319046813846299558e-17;  // what `ln2` lacks of the number

// The natural logarithm of a number above 0: its exponent, and the series of atanh for the rest.
double logarithm(double number) {
  int exponent = 0;
  double fraction = std::frexp(number, &exponent);  // 0.5 to 1
  if (fraction < 0.70710678118654752) fraction *= 2, --exponent;
  const double s = (fraction - 1) / (fraction + 1);
  const double square = s * s;
  double sum = 0;
  for (int power = 25; power >= 1; power -= 2) sum = std::fma(sum, square, 1.0 / power);
  return std::fma(exponent, ln2, std::fma(2 * s, sum, exponent * ln2_low));
}

// e to this power: a power of two, and the series for the rest.
double exponential(double number) {
  const double twos = std::nearbyint(number / ln2);
  const double rest = std::fma(-twos, ln2_low, std::fma(-twos, ln2, number));
  double sum = 1;
  for (int term = 20; term >= 1; --term) sum = std::fma(sum, rest / term, 1.0);
  return std::ldexp(sum, static_cast<int>(twos));
}

}  // namespace

std::optional<double> to_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::string number_text(double number) {
  constexpr double exact_integers = 9007199254740992;  // 2^53
  if (number == std::floor(number) && std::abs(number) < exact_integers)
    return fmt::format("{}", static_cast<std::int64_t>(number));
  return fmt::format("{:.12g}", number);
}

double linear_between(double low, double high, double share) {
  return std::fma(share, high - low, low);
}

double logarithmic_between(double low, double high, double share) {
  // In two steps: the ratio alone may be larger than any number.
  const double step = exponential(share / 2 * (logarithm(high) - logarithm(low)));
  return low * step * step;
}

}  // namespace dms::models
