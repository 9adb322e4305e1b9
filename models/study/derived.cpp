#include "models/study/derived.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

std::vector<std::string> names_of_all(std::span<const Parameter> parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

// The words of an expression that could be names.
std::vector<std::string> words_in(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_of(letters);
    if (begin == text.npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_not_of(letters), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

class DerivedReader {
 public:
  DerivedReader(const StudyReader& reader, const YamlNode& map, std::vector<Parameter>& parameters,
                Problems& problems)
      : reader_(reader), map_(map), parameters_(parameters), problems_(problems) {}

  std::vector<Derived> all() {
    const std::size_t problems_before = problems_.count();
    for (const YamlEntry& entry : map_.entries) check_name(entry);
    if (problems_.count() > problems_before) return {};
    std::vector<const YamlEntry*> left;
    for (const YamlEntry& entry : map_.entries) left.push_back(&entry);
    std::vector<Derived> read;
    // Each time the first one that needs none of those that are left.
    while (!left.empty()) {
      const auto next = std::find_if(left.begin(), left.end(), [&](const YamlEntry* entry) {
        return needed_of(*entry, left) == nullptr;
      });
      if (next == left.end()) {
        report_cycle(left);
        return read;
      }
      add(**next, read);
      left.erase(next);
    }
    return read;
  }

 private:
  void check_name(const YamlEntry& entry) {
    if (const Status named = reader_.variable_name(entry); !named) return problems_.add(named);
    for (const Parameter& parameter : parameters_)
      if (parameter.name == entry.key)
        problems_.add(reader_.error(
            entry.key_mark, fmt::format("{} is swept and cannot be derived too", entry.key)));
  }

  // What a rule is made of: its text, and the names in it.
  const YamlNode* source_of(const YamlEntry& entry) const {
    if (entry.value.kind != Kind::map) return &entry.value;
    for (const std::string_view key : {"text", "date", "number"})
      if (const YamlNode* node = reader_.find(entry.value, key)) return node;
    return nullptr;
  }
  std::vector<std::string> words_of(const YamlEntry& entry) const {
    const YamlNode* source = source_of(entry);
    if (!source) return {};
    const bool is_number = entry.value.kind == Kind::map && reader_.find(entry.value, "number");
    if (is_number) return words_in(source->text);
    std::vector<std::string> words;
    for (NameInText& name : names_in(source->text)) words.push_back(std::move(name.name));
    if (entry.value.kind == Kind::map && reader_.find(entry.value, "date"))
      words.push_back(source->text);  // a bare name
    return words;
  }

  // One of `left` that the entry needs; null when there is none.
  const YamlEntry* needed_of(const YamlEntry& entry,
                             const std::vector<const YamlEntry*>& left) const {
    for (const std::string& word : words_of(entry))
      for (const YamlEntry* other : left)
        if (other->key == word) return other;
    return nullptr;
  }

  void report_cycle(const std::vector<const YamlEntry*>& left) {
    std::vector<const YamlEntry*> path{left.front()};
    while (true) {
      const YamlEntry* next = needed_of(*path.back(), left);
      const auto begin = std::find(path.begin(), path.end(), next);
      if (begin == path.end()) {
        path.push_back(next);
        continue;
      }
      std::string text;
      for (auto at = begin; at != path.end(); ++at) text += (*at)->key + " needs ";
      problems_.add(reader_.error((*begin)->key_mark,
                                  fmt::format("derive goes in a circle: {}{}", text, next->key)));
      return;
    }
  }

  void add(const YamlEntry& entry, std::vector<Derived>& read) {
    auto derived = problems_.take(rule(entry));
    Parameter parameter{.name = entry.key};
    if (derived) {
      if (const auto* date = std::get_if<DateRule>(&derived->rule)) parameter.date = date->write;
      read.push_back(*std::move(derived));
    }
    // Known even when its rule is wrong: one mistake is enough.
    parameters_.push_back(std::move(parameter));
  }

  Result<Derived> rule(const YamlEntry& entry) const {
    const std::string what = "derive." + entry.key;
    Derived derived{.name = entry.key, .rule = {}};
    const YamlNode& node = entry.value;
    if (node.kind == Kind::scalar) {
      DMS_TRY(const std::string text, checked_text(what, node));
      derived.rule = TextRule{.text = text};
      return derived;
    }
    const bool is_map = node.kind == Kind::map;
    if (is_map && reader_.find(node, "text")) {
      DMS_TRY(derived.rule, text_rule(what, node));
    } else if (is_map && reader_.find(node, "date")) {
      DMS_TRY(derived.rule, date_rule(what, node));
    } else if (is_map && reader_.find(node, "number")) {
      DMS_TRY(derived.rule, number_rule(what, node));
    } else {
      return reader_.error(node.mark, fmt::format("{} is a text, or {{text: …}}, {{date: …}} or "
                                                  "{{number: …}}, not {}",
                                                  what, describe(node)));
    }
    return derived;
  }

  // A text whose names are all known.
  Result<std::string> checked_text(const std::string& what, const YamlNode& node) const {
    DMS_TRY(std::string text, reader_.text(what, node));
    if (const Status known = check_names_in(text, names_of_all(parameters_)); !known)
      return reader_.error(node.mark, fmt::format("{}: {}", what, known.error().message));
    return text;
  }

  template <std::size_t count>
  Status known_keys(const YamlNode& map, const std::array<std::string_view, count>& known) const {
    for (const YamlEntry& entry : map.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        return reader_.unknown_key(entry, known);
    return ok();
  }

  Result<TextRule> text_rule(const std::string& what, const YamlNode& map) const {
    static constexpr std::array<std::string_view, 5> known{"text", "split", "part", "upper",
                                                           "lower"};
    DMS_CHECK(known_keys(map, known));
    TextRule rule;
    DMS_TRY(rule.text, checked_text(what, *reader_.find(map, "text")));
    for (const std::string_view key : {"upper", "lower"}) {
      const YamlNode* node = reader_.find(map, key);
      if (!node) continue;
      DMS_TRY(const bool wanted, reader_.boolean(fmt::format("{}.{}", what, key), *node));
      if (wanted)
        rule.letters = key == "upper" ? TextRule::Letters::upper : TextRule::Letters::lower;
    }
    const YamlNode* split = reader_.find(map, "split");
    const YamlNode* part = reader_.find(map, "part");
    if (!split && !part) return rule;
    if (!split || !part || split->kind != Kind::scalar || split->text.empty())
      return reader_.error(map.mark, fmt::format("{} needs both split, the text between parts, and "
                                                 "part, a number",
                                                 what));
    rule.delimiter = split->text;
    DMS_CHECK(reader_.integer(what + ".part", *part, {-1000, 1000}, rule.part));
    if (rule.part == 0)
      return reader_.error(part->mark, what + ".part: parts count from 1, or from -1 at the end");
    return rule;
  }

  Result<DateRule> date_rule(const std::string& what, const YamlNode& map) const {
    static constexpr std::array<std::string_view, 5> known{"date", "read", "add", "format",
                                                           "upper"};
    DMS_CHECK(known_keys(map, known));
    DateRule rule;
    YamlNode source = *reader_.find(map, "date");
    const auto is_name = [&](const Parameter& parameter) {
      return source.text == parameter.name || source.text == '{' + parameter.name + '}';
    };
    const auto named = std::find_if(parameters_.begin(), parameters_.end(), is_name);
    if (named != parameters_.end()) source.text = '{' + named->name + '}';
    DMS_TRY(rule.text, checked_text(what, source));
    if (const YamlNode* read = reader_.find(map, "read")) {
      DMS_TRY(const std::string pattern, reader_.text(what + ".read", *read));
      auto format = DateFormat::make(pattern);
      if (!format)
        return reader_.error(read->mark, fmt::format("{}.read: {}", what, format.error().message));
      rule.read = *std::move(format);
    } else if (named != parameters_.end()) {
      rule.read = named->date;
    }
    DMS_TRY(rule.write, reader_.date_format(what, map, rule.read.value_or(DateFormat())));
    if (const YamlNode* add = reader_.find(map, "add")) {
      const auto step = parse_date_step(add->kind == Kind::scalar ? add->text : "");
      if (!step)
        return reader_.error(add->mark, fmt::format("{}.add is a time such as 92d, -1mo, 1y or 12h,"
                                                    " not {}",
                                                    what, describe(*add)));
      rule.add = *step;
    }
    return rule;
  }

  Result<NumberRule> number_rule(const std::string& what, const YamlNode& map) const {
    static constexpr std::array<std::string_view, 2> known{"number", "format"};
    DMS_CHECK(known_keys(map, known));
    const YamlNode& source = *reader_.find(map, "number");
    DMS_TRY(const std::string text, reader_.text(what, source));
    auto expression = Expression::parse(text, parameters_);
    if (!expression)
      return reader_.error(source.mark, fmt::format("{}: {}", what, expression.error().message));
    NumberRule rule{.expression = *std::move(expression), .format = {}};
    if (const YamlNode* node = reader_.find(map, "format")) {
      DMS_TRY(const std::string pattern, reader_.text(what + ".format", *node));
      auto format = NumberFormat::make(pattern);
      if (!format)
        return reader_.error(node->mark,
                             fmt::format("{}.format: {}", what, format.error().message));
      rule.format = *std::move(format);
    }
    return rule;
  }

  const StudyReader& reader_;
  const YamlNode& map_;
  std::vector<Parameter>& parameters_;
  Problems& problems_;
};

std::optional<std::uint64_t> whole_number(const YamlNode& node) {
  if (node.kind != Kind::scalar || node.quoted) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::vector<Derived> read_derived(const StudyReader& reader, const YamlNode& root,
                                  std::vector<Parameter>& parameters, Problems& problems) {
  const YamlNode* node = reader.find(root, "derive");
  if (!node) return {};
  if (node->kind == Kind::map && !node->entries.empty())
    return DerivedReader(reader, *node, parameters, problems).all();
  problems.add(reader.error(
      node->mark, fmt::format("derive is a map of names to rules, not {}", describe(*node))));
  return {};
}

std::vector<Expression> read_where(const StudyReader& reader, const YamlNode& root,
                                   std::span<const Parameter> parameters, Problems& problems) {
  const YamlNode* node = reader.find(root, "where");
  if (!node) return {};
  std::vector<Expression> all;
  const auto read = [&](const YamlNode& one) {
    auto text = problems.take(reader.text("where", one));
    if (!text) return;
    if (auto expression = Expression::parse(*text, parameters))
      all.push_back(*std::move(expression));
    else
      problems.add(reader.error(one.mark, fmt::format("where: {}", expression.error().message)));
  };
  if (node->kind != Kind::list) read(*node);
  for (const YamlNode& item : node->items) read(item);
  return all;
}

Result<SampleKeys> read_sample(const StudyReader& reader, const YamlNode& root) {
  static constexpr std::array<std::string_view, 3> known{"method", "count", "seed"};
  const YamlNode* node = reader.find(root, "sample");
  if (!node) return SampleKeys{};
  const YamlNode* method = reader.find(*node, "method");
  const YamlNode* count = reader.find(*node, "count");
  if (node->kind != Kind::map || !method || !count)
    return reader.error(node->mark, "sample is {method: sobol, count: 64}; a seed may follow");
  Sample sample;
  for (const YamlEntry& entry : node->entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return reader.unknown_key(entry, known);
    if (entry.key == "method") continue;
    const auto number = whole_number(entry.value);
    if (!number || (entry.key == "count" && (*number == 0 || *number > max_sample)))
      return reader.error(
          entry.value.mark,
          entry.key == "count"
              ? fmt::format("sample.count is a whole number from 1 to {}, not {}", max_sample,
                            describe(entry.value))
              : fmt::format("sample.seed is a whole number, not {}", describe(entry.value)));
    (entry.key == "count" ? sample.count : sample.seed) = *number;
  }
  if (method->text == "grid") {
    if (const YamlNode* seed = reader.find(*node, "seed"))
      return reader.error(seed->mark, "sample: a grid is the same with every seed");
    return SampleKeys{.grid = sample.count};
  }
  using enum Sample::Method;
  if (method->text == "random")
    sample.method = random;
  else if (method->text == "latin_hypercube" || method->text == "lhs")
    sample.method = latin_hypercube;
  else if (method->text == "sobol")
    sample.method = sobol;
  else
    return reader.error(method->mark,
                        fmt::format("sample.method is grid, random, latin_hypercube or sobol, not "
                                    "{}",
                                    describe(*method)));
  return SampleKeys{.sample = sample};
}

}  // namespace dms::models
