// Numbers of a sweep: from text, to text, and on a logarithmic scale.
//
// Pure functions. Everything is made of additions, multiplications and std::fma, which IEEE 754
// fixes to the last bit, so that a study has the same values on every machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dms::models {

// The number that all of the text is: "12", "-0.5", "1e3", "+7"; nothing for another text, and for
// what is infinite or no number.
std::optional<double> to_number(std::string_view text);

// The shortest form with at most 12 significant digits; integers below 2^53 whole.
std::string number_text(double number);

// low + share * (high - low). Requires: 0 <= share <= 1.
double linear_between(double low, double high, double share);
// low * (high / low)^share. Requires: 0 <= share <= 1, both above 0.
double logarithmic_between(double low, double high, double share);

}  // namespace dms::models
