#include "models/job_file/sweep_hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "models/job_file/python_data.h"
#include "models/job_file/yaml_text.h"
#include "models/letters.h"

namespace dms::models {
namespace {

std::string_view inner_text(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

bool is_word(char c) { return is_letter(c) || is_digit(c); }

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_word(c); });
}

// The text in quotes behind `before`: of open('runs.csv', 'r'), runs.csv.
std::optional<std::string> quoted_after(std::string_view text, std::string_view before) {
  std::size_t at = text.find(before);
  if (at == text.npos) return std::nullopt;
  at += before.size();
  if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) return std::nullopt;
  const std::size_t end = text.find(text[at], at + 1);
  if (end == text.npos) return std::nullopt;
  return std::string(text.substr(at + 1, end - at - 1));
}

std::optional<long> whole_item(const YamlNode& value) {
  long number{};
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, number);
  if (value.quoted || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// The step of numbers at equal distances, three or more.
std::optional<long> step_of(const std::vector<long>& numbers) {
  if (numbers.size() < 3) return std::nullopt;
  std::optional<long> step;
  for (std::size_t at = 1; at < numbers.size(); ++at) {
    long distance{};
    if (__builtin_sub_overflow(numbers[at], numbers[at - 1], &distance)) return std::nullopt;
    if (distance != step.value_or(distance)) return std::nullopt;
    step = distance;
  }
  return step;
}

// What a program's loops run over, read line by line.
class Loops {
 public:
  explicit Loops(std::string_view python) : python_(python) {
    std::string_view rest = python;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      line = inner_text(line.substr(0, std::min(line.find('#'), line.size())));
      take_assignment(line);
      take_loops(line);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  const std::vector<std::string>& lines() const { return lines_; }
  bool knows_all() const { return knows_all_; }

 private:
  void take_assignment(std::string_view line) {
    const std::size_t sign = line.find('=');
    if (sign == line.npos || sign + 1 >= line.size() || line[sign + 1] == '=') return;
    const std::string_view name = inner_text(line.substr(0, sign));
    if (is_word(name)) values_[std::string(name)] = inner_text(line.substr(sign + 1));
  }

  // "for NAME in VALUES", as a statement or in a comprehension.
  void take_loops(std::string_view line) {
    std::size_t at = 0;
    while ((at = line.find("for ", at)) != line.npos) {
      const bool begins = at == 0 || !is_word(line[at - 1]);
      at += 4;
      const std::size_t in = line.find(" in ", at);
      if (!begins || in == line.npos) continue;
      const std::string_view target = inner_text(line.substr(at, in - at));
      std::string_view over = inner_text(line.substr(in + 4));
      over = over.substr(0, over.find(" for "));
      while (!over.empty() && over.back() == ':') over.remove_suffix(1);
      add_loop(target, inner_text(over));
      at = in;
    }
  }

  void add_loop(std::string_view target, std::string_view over) {
    if (over.find("Reader(") != over.npos || over.find("csv.reader(") != over.npos) {
      lines_.push_back(csv_line(target));
      return;
    }
    if (const auto named = values_.find(std::string(over)); named != values_.end())
      over = named->second;
    // A comprehension's bracket closes behind its last list.
    PythonData data = read_python_data(over);
    if (data.not_data && over.ends_with(']'))
      data = read_python_data(over.substr(0, over.size() - 1));
    if (data.not_data || data.items.empty() || !is_word(target)) {
      lines_.push_back(fmt::format("  {}: [ … ]   # the values of {}", target, over));
      knows_all_ = false;
    } else {
      name_months(target, data.items);
      lines_.push_back(fmt::format("  {}: {}", target, sweep_values(data.items)));
    }
  }

  // Months that end in a date with names are names: then the date is a text of its parts.
  void name_months(std::string_view target, std::vector<YamlNode>& items) const {
    static constexpr std::array<std::string_view, 12> names{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto format = quoted_after(python_, "strftime(");
    if (!format || format->find("%b") == format->npos || !target.starts_with('m')) return;
    for (const YamlNode& item : items)
      if (const auto month = whole_item(item); !month || *month < 1 || *month > 12) return;
    for (YamlNode& item : items) {
      item.text = names[static_cast<std::size_t>(*whole_item(item)) - 1];
      if (python_.find(".upper()") != python_.npos)
        for (char& c : item.text)
          if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }

  // "csv: {file: runs.csv, columns: {run: 'run#'}}", with the columns that the program looks at.
  std::string csv_line(std::string_view row) const {
    std::string columns;
    const std::string look = fmt::format("{}[", row);
    std::vector<std::string> seen;
    for (std::size_t at = python_.find(look); at != python_.npos; at = python_.find(look, at + 1)) {
      const auto column = quoted_after(python_.substr(at), look);
      if (!column || std::find(seen.begin(), seen.end(), *column) != seen.end()) continue;
      seen.push_back(*column);
      std::string name;
      for (const char c : *column)
        if (is_word(c)) name += c;
      columns += fmt::format("{}{}: '{}'", columns.empty() ? "" : ", ", name, *column);
    }
    const std::string file = quoted_after(python_, "open(").value_or("FILE.csv");
    if (columns.empty()) return fmt::format("  csv: {}", file);
    return fmt::format("  csv: {{file: {}, columns: {{{}}}}}", file, columns);
  }

  const std::string_view python_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> lines_;
  bool knows_all_ = true;
};

}  // namespace

std::string sweep_values(const std::vector<YamlNode>& items) {
  std::vector<long> numbers;
  for (const YamlNode& item : items)
    if (const auto number = whole_item(item)) numbers.push_back(*number);
  const auto step = numbers.size() == items.size() ? step_of(numbers) : std::nullopt;
  if (step == 1) return fmt::format("{{range: [{}, {}]}}", numbers.front(), numbers.back());
  if (step.value_or(0) != 0)
    return fmt::format("{{range: [{}, {}, {}]}}", numbers.front(), numbers.back(), *step);
  std::string list;
  for (const YamlNode& item : items) {
    if (!list.empty()) list += ", ";
    list += yaml_text(item);
  }
  return "[" + list + "]";
}

std::string sweep_instead_of(std::string_view python) {
  const Loops loops(python);
  if (loops.lines().empty())
    return "  write the list itself, as the program prints it:\n"
           "    task_ids: [[first, values], [second, values]]\n"
           "  or a sweep: the parameters and their values (docs/study.md)";
  std::string text =
      "  its loops as a sweep, whose parameters the texts use by name:\n    sweep:\n";
  for (const std::string& line : loops.lines()) text += "    " + line + "\n";
  if (python.find("strftime") != python.npos) {
    const std::string format = quoted_after(python, "strftime(").value_or("%d%b%Y");
    const std::string_view upper = python.find(".upper()") != python.npos ? ", upper: true" : "";
    text += fmt::format(
        "    # days at equal distances: {{dates: {{from: …, to: …, step: 1mo, format: '{}'{}}}}}; "
        "a day\n"
        "    # of its parts: a variable such as start: '01{{month}}{{year}}'; days after it, in "
        "the\n"
        "    # command: $(date -d '{{start}} + 92 days' +'{}')\n",
        format, upper, format);
  }
  text += "    task_name: \"…\"   # of the parameters, in braces";
  return text;
}

}  // namespace dms::models
