#include "models/sweep/derived.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/suggest.h"
#include "models/letters.h"
#include "models/sweep/numbers.h"
#include "models/sweep/sweep.h"
#include "models/sweep/wrong.h"

namespace dms::models {
namespace {

void change(std::string& text, TextRule::Letters letters) {
  for (char& c : text) {
    if (letters == TextRule::Letters::upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (letters == TextRule::Letters::lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
}

Result<std::string> part_of(std::string_view text, const TextRule& rule) {
  std::vector<std::string_view> parts;
  std::string_view rest = text;
  while (true) {
    const std::size_t end = rest.find(rule.delimiter);
    parts.push_back(rest.substr(0, end));
    if (end == rest.npos) break;
    rest.remove_prefix(end + rule.delimiter.size());
  }
  const auto count = static_cast<int>(parts.size());
  const int at = rule.part > 0 ? rule.part - 1 : count + rule.part;
  if (at >= 0 && at < count) return std::string(parts[static_cast<std::size_t>(at)]);
  return wrong(fmt::format("'{}' has {} parts between '{}', not {}", text, count, rule.delimiter,
                           std::abs(rule.part)));
}

Result<std::string> computed(const TextRule& rule, std::span<const std::string> names,
                             std::span<const std::string> values) {
  std::string text = substitute(rule.text, names, values);
  if (!rule.delimiter.empty()) {
    DMS_TRY(text, part_of(text, rule));
  }
  change(text, rule.letters);
  return text;
}

Result<std::string> computed(const DateRule& rule, std::span<const std::string> names,
                             std::span<const std::string> values) {
  const std::string text = substitute(rule.text, names, values);
  const auto date = rule.read ? rule.read->read(text) : parse_iso_date(text);
  if (!date)
    return wrong(
        fmt::format("'{}' is no date as {}", text,
                    (rule.read ? *rule.read : DateFormat()).write(*parse_iso_date("1990-01-31"))));
  const DateTime moved = shifted(*date, rule.add);
  if (!is_in_range(moved)) return wrong("the date is outside of the years 1 to 9999");
  return rule.write.write(moved);
}

Result<std::string> computed(const NumberRule& rule, std::span<const std::string>,
                             std::span<const std::string> values) {
  DMS_TRY(const double number, rule.expression.number(values));
  return rule.format.write(number);
}

}  // namespace

Result<NumberFormat> NumberFormat::make(std::string_view pattern) {
  const auto unknown = [&] {
    return wrong(fmt::format("'{}' is no format such as %d, %03d, %.3f, %8.2e or %g", pattern));
  };
  NumberFormat format;
  const std::size_t percent = pattern.find('%');
  if (percent == pattern.npos) return unknown();
  format.before_ = std::string(pattern.substr(0, percent));
  std::string_view rest = pattern.substr(percent + 1);
  const auto digits = [&](std::size_t most) {
    std::string taken;
    while (!rest.empty() && is_digit(rest.front()) && taken.size() < most) {
      taken += rest.front();
      rest.remove_prefix(1);
    }
    return taken;
  };
  format.spec_ = digits(3);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    format.spec_ += '.' + digits(2);
    if (format.spec_.back() == '.') return unknown();
  }
  if (format.spec_.starts_with("00")) return unknown();
  if (rest.empty() || std::string_view("dfeg").find(rest.front()) == std::string_view::npos)
    return unknown();
  format.whole_ = rest.front() == 'd';
  if (format.whole_ && format.spec_.find('.') != std::string::npos) return unknown();
  // printf sets numbers to the right, which fmt does too.
  format.spec_ = fmt::format("{{:{}{}}}", format.spec_, rest.front());
  format.after_ = std::string(rest.substr(1));
  if (format.after_.find('%') != std::string::npos) return unknown();
  return format;
}

Result<std::string> NumberFormat::write(double number) const {
  if (spec_.empty()) return number_text(number);
  if (!whole_) return before_ + fmt::format(fmt::runtime(spec_), number) + after_;
  if (number != std::round(number) || std::abs(number) > 9e15)
    return wrong(fmt::format("{} is no whole number for %d", number_text(number)));
  return before_ + fmt::format(fmt::runtime(spec_), static_cast<std::int64_t>(number)) + after_;
}

bool can_fail(const Derived& derived) {
  const auto* text = std::get_if<TextRule>(&derived.rule);
  return !text || !text->delimiter.empty();
}

Result<std::string> compute(const Derived& derived, std::span<const std::string> names,
                            std::span<const std::string> values) {
  return std::visit([&](const auto& rule) { return computed(rule, names, values); }, derived.rule);
}

std::vector<NameInText> names_in(std::string_view text) {
  std::vector<NameInText> names;
  for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    std::size_t end = open + 1;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const bool shielded = open > 0 && (text[open - 1] == '$' || text[open - 1] == '{');
    if (!shielded && end > open + 1 && end < text.size() && text[end] == '}' &&
        !is_digit(text[open + 1]))
      names.push_back({std::string(text.substr(open + 1, end - open - 1)), open});
  }
  return names;
}

Status check_names_in(std::string_view text, std::span<const std::string> known) {
  for (const auto& [name, place] : names_in(text))
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string hint = did_you_mean(name, known);
      return wrong(
          fmt::format("no parameter is called {}{}", name,
                      hint.empty() ? fmt::format("; known are {}", fmt::join(known, ", ")) : hint));
    }
  return ok();
}

}  // namespace dms::models
