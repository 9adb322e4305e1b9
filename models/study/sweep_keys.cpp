#include "models/study/sweep_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "models/study/derived.h"
#include "models/study/values.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

// Reads groups and what is in them; keeps every mistake.
class GroupReader {
 public:
  GroupReader(const StudyReader& reader, Problems& problems)
      : reader_(reader), values_(reader), problems_(problems) {}

  // The members of a map, or of the maps in a list. `what` begins messages.
  Group group(std::string_view what, const YamlNode& node, Combine combine) {
    Group group{.combine = combine};
    const std::size_t problems_before = problems_.count();
    if (node.kind == Kind::map) {
      for (const YamlEntry& entry : node.entries) add(group, member(entry, combine));
    } else if (node.kind == Kind::list) {
      for (const YamlNode& item : node.items) add(group, item_of(what, item, combine));
    } else if (node.kind == Kind::scalar) {
      problems_.add(reader_.error(
          node.mark, fmt::format("{} is a map of parameters, not {}", what, describe(node))));
    }
    if (problems_.count() > problems_before) return group;
    if (group.members.empty())
      problems_.add(
          reader_.error(node.mark, fmt::format("{} is empty: give it parameters, or leave the key "
                                               "away",
                                               what == "sweep" ? "the sweep" : what)));
    else if (const Status checked = check_group(group); !checked)
      problems_.add(reader_.error(node.mark, checked.error().message));
    else
      check_points(node, group);
    return group;
  }

 private:
  static void add(Group& group, std::optional<Member> member) {
    if (member) group.members.push_back(*std::move(member));
  }

  std::optional<Member> item_of(std::string_view what, const YamlNode& item, Combine combine) {
    if (item.kind != Kind::map) {
      problems_.add(reader_.error(
          item.mark, fmt::format("{} is a map of parameters or a list of such maps; this is {}",
                                 what, describe(item))));
      return std::nullopt;
    }
    if (item.entries.size() == 1) return member(item.entries.front(), combine);
    return Member{group(what, item, Combine::product)};
  }

  // A parameter, or what one of the keys that nest stands for.
  std::optional<Member> member(const YamlEntry& entry, Combine combine) {
    const std::string what = "sweep." + entry.key;
    if (entry.key == "zip") return Member{group(what, entry.value, Combine::zip)};
    if (entry.key == "product") return Member{group(what, entry.value, Combine::product)};
    if (entry.key == "chain") return Member{group(what, entry.value, Combine::chain)};
    std::optional<Member> read;
    if (entry.key == "csv" || entry.key == "table") {
      auto table = problems_.take(entry.key == "csv" ? values_.csv(entry.value)
                                                     : values_.table(entry.value));
      if (table) read = Member{*std::move(table)};
    } else {
      auto axis = problems_.take(values_.axis(entry));
      if (axis) read = Member{*std::move(axis)};
    }
    // In a zip or chain a value may come again: the whole points are looked at.
    if (read && combine == Combine::product) problems_.add(values_.check_unique(entry, *read));
    return read;
  }

  void check_points(const YamlNode& node, const Group& group) {
    if (group.combine == Combine::product) return;
    // One parameter that never repeats tells all points of a zip apart.
    const auto never_repeats = [](const Member& member) {
      const auto* axis = std::get_if<Axis>(&member.of);
      return axis && is_surely_unique(*axis);
    };
    if (group.combine == Combine::zip &&
        std::any_of(group.members.begin(), group.members.end(), never_repeats))
      return;
    const Member whole{group};
    const auto repeat = find_repeat(whole);
    if (!repeat) return;
    std::vector<std::string> values;
    append_point(whole, repeat->first, values);
    problems_.add(reader_.error(
        node.mark, fmt::format("runs {} and {} of the sweep are the same: {}", repeat->first + 1,
                               repeat->second + 1, fmt::join(values, ", "))));
  }

  const StudyReader& reader_;
  ValuesReader values_;
  Problems& problems_;
};

Result<Combine> read_combine(const StudyReader& reader, const YamlNode& root) {
  const YamlNode* node = reader.find(root, "combine");
  if (!node) return Combine::product;
  if (node->kind == Kind::scalar && node->text == "product") return Combine::product;
  if (node->kind == Kind::scalar && node->text == "zip") return Combine::zip;
  if (node->kind == Kind::scalar && node->text == "chain") return Combine::chain;
  return reader.error(node->mark,
                      fmt::format("combine is product, zip or chain, not {}", describe(*node)));
}

// Where in the study the error of a point comes from.
Mark place_of(const StudyReader& reader, const YamlNode& root, const Error& error) {
  const YamlNode* sweep = reader.find(root, "sweep");
  const Mark otherwise = sweep ? sweep->mark : Mark{1, 1};
  if (error.details.empty()) return otherwise;
  const auto& [key, value] = error.details.front();
  const YamlNode* node = reader.find(root, key);
  if (!node) return otherwise;
  if (key == "derive") {
    const YamlNode* rule = reader.find(*node, value);
    return rule ? rule->mark : node->mark;
  }
  const std::size_t at = value.size() == 1 ? static_cast<std::size_t>(value[0] - '0') : 10;
  return at < std::min<std::size_t>(node->items.size(), 10) ? node->items[at].mark : node->mark;
}

}  // namespace

Result<ParameterSpace> read_sweep(const StudyReader& reader, const YamlNode& root) {
  Problems problems;
  const auto combine = problems.take(read_combine(reader, root));
  const auto sample = problems.take(read_sample(reader, root));
  const YamlNode* node = reader.find(root, "sweep");
  SpaceParts parts;
  if (node)
    parts.parameters =
        GroupReader(reader, problems).group("sweep", *node, combine.value_or(Combine::product));
  // Without all parameters every name would seem unknown.
  DMS_CHECK(problems.status());
  std::vector<Parameter> parameters = parameters_of(Member{parts.parameters});
  parts.derived = read_derived(reader, root, parameters, problems);
  parts.where = read_where(reader, root, parameters, problems);
  DMS_CHECK(problems.status());
  parts.sample = sample->sample;
  if (sample->grid) {
    auto grid = with_grid(std::move(parts.parameters), *sample->grid);
    if (!grid)
      return reader.error(reader.find(root, "sample")->mark, "sample: " + grid.error().message);
    parts.parameters = *std::move(grid);
  }
  auto space = ParameterSpace::make(std::move(parts));
  if (space) return space;
  const Error& error = space.error();
  return reader.error(place_of(reader, root, error),
                      error.details.empty() ? error.message
                      : error.details[0].key == "derive"
                          ? fmt::format("derive.{}: {}", error.details[0].value, error.message)
                          : "where: " + error.message);
}

}  // namespace dms::models
