#include "models/job_file/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t most_made_bytes = std::size_t{64} << 20;

// The text that an error points into, and the file it is in.
Error error_at(const Variables::Text& text, std::size_t offset, std::string_view message) {
  if (text.source) return error_in(*text.source, text.begin, text.text, offset, message);
  return fail(Code::invalid_argument, std::string(message));
}

// Calls `each` for every text in the value.
template <class Compiled, class Function>
void for_each_text(const Compiled& compiled, const Function& each) {
  if (!compiled.text.pieces.empty()) each(compiled.text);
  for (const Compiled& part : compiled.parts) for_each_text(part, each);
}

}  // namespace

YamlNode made_text(std::string text) {
  return {.kind = Kind::scalar, .text = std::move(text), .quoted = true};
}

bool Variables::Text::is_constant() const {
  return std::none_of(pieces.begin(), pieces.end(),
                      [](const Piece& piece) { return piece.is_placeholder(); });
}

Result<Variables> Variables::make(std::vector<Variable> variables,
                                  std::vector<std::string> of_task) {
  Variables made;
  made.of_task_ = std::move(of_task);
  for (Variable& variable : variables)
    if (!made.find(variable.name)) made.variables_.push_back(std::move(variable));
  DMS_CHECK(made.settle());
  return made;
}

const Variable* Variables::find(std::string_view name) const {
  const auto found = std::find_if(variables_.begin(), variables_.end(),
                                  [&](const Variable& known) { return known.name == name; });
  return found == variables_.end() ? nullptr : &*found;
}

bool Variables::knows(std::string_view name) const {
  return find(name) || std::find(of_task_.begin(), of_task_.end(), name) != of_task_.end();
}

bool Variables::differs_by_task(std::string_view name) const {
  if (std::find(of_task_.begin(), of_task_.end(), name) != of_task_.end()) return true;
  const auto entry = entries_.find(name);
  return entry != entries_.end() && entry->second.differs;
}

bool Variables::differs_by_task(const Text& text) const {
  return std::any_of(text.pieces.begin(), text.pieces.end(), [&](const Piece& piece) {
    return piece.is_placeholder() && differs_by_task(piece.name);
  });
}

bool Variables::is_used(std::string_view name) const {
  for (const auto& [user, entry] : entries_)
    for (const auto& [needed, offset] : entry.needs)
      if (needed == name) return true;
  return false;
}

Status Variables::set(std::string_view name, std::string text) {
  const auto known = std::find_if(variables_.begin(), variables_.end(),
                                  [&](const Variable& variable) { return variable.name == name; });
  if (known == variables_.end())
    variables_.push_back({std::string(name), made_text(std::move(text)), {}});
  else
    *known = {std::string(name), made_text(std::move(text)), {}};
  return settle();
}

TaskValues Variables::of_task(Values task) const { return TaskValues(*this, std::move(task)); }

Variables::Text Variables::compile(std::string text, TextKind kind, SourcePtr source,
                                   Mark begin) const {
  std::vector<Piece> pieces = split_placeholders(
      text, [&](std::string_view name) { return knows(name); }, kind);
  return {std::move(text), std::move(pieces), std::move(source), begin};
}

Variables::Compiled Variables::compile_node(const YamlNode& node, const SourcePtr& source) const {
  Compiled compiled{.node = &node};
  // What was made is final: a SAS or a name holds no placeholders.
  if (node.kind == Kind::scalar && source)
    compiled.text = compile(node.text, TextKind::value, source, node.mark);
  else if (node.kind == Kind::scalar)
    compiled.text = {.text = node.text, .pieces = {{.text = node.text}}};
  for (const YamlNode& item : node.items) compiled.parts.push_back(compile_node(item, source));
  for (const YamlEntry& entry : node.entries)
    compiled.parts.push_back(compile_node(entry.value, source));
  return compiled;
}

// Splits all texts, orders the variables, and puts together what no task changes.
Status Variables::settle() {
  entries_.clear();
  constants_.clear();
  for (std::size_t at = 0; at < variables_.size(); ++at) {
    Entry entry{.variable = at,
                .compiled = compile_node(variables_[at].value, variables_[at].source)};
    for_each_text(entry.compiled, [&](const Text& text) {
      for (const Piece& piece : text.pieces)
        if (piece.is_placeholder()) entry.needs.emplace_back(piece.name, piece.offset);
    });
    entries_.emplace(variables_[at].name, std::move(entry));
  }
  DMS_CHECK(order());
  TaskValues constants = of_task({});
  for (const auto& [name, entry] : entries_) {
    if (differs_by_task(name)) continue;
    DMS_TRY([[maybe_unused]] const YamlNode* value, constants.get(name));
  }
  constants_ = std::move(constants.values_);
  return ok();
}

Status Variables::order() {
  std::map<std::string, Visit, std::less<>> visits;
  std::vector<std::string> path;
  for (const auto& [name, entry] : entries_) DMS_CHECK(visit(name, visits, path));
  return ok();
}

Status Variables::visit(std::string_view name, std::map<std::string, Visit, std::less<>>& visits,
                        std::vector<std::string>& path) {
  const auto found = entries_.find(name);
  // What a task brings needs nothing, whatever the file says of it.
  if (found == entries_.end() || visits.contains(name) ||
      std::find(of_task_.begin(), of_task_.end(), name) != of_task_.end())
    return ok();
  Entry& entry = found->second;
  visits.emplace(name, Visit::open);
  path.emplace_back(name);
  for (const auto& [needed, offset] : entry.needs) {
    const auto seen = visits.find(needed);
    if (seen != visits.end() && seen->second == Visit::open) return cycle(entry, needed, path);
    DMS_CHECK(visit(needed, visits, path));
    entry.differs = entry.differs || differs_by_task(needed);
  }
  path.pop_back();
  visits.find(name)->second = Visit::done;
  return ok();
}

Error Variables::cycle(const Entry& entry, std::string_view to,
                       std::vector<std::string> path) const {
  path.erase(path.begin(), std::find(path.begin(), path.end(), to));
  path.emplace_back(to);
  const std::string message = fmt::format("{} needs itself: {}", to, fmt::join(path, " → "));
  std::optional<Error> error;
  for_each_text(entry.compiled, [&](const Text& text) {
    for (const Piece& piece : text.pieces)
      if (piece.name == to && !error) error = error_at(text, piece.offset, message);
  });
  return error.value_or(fail(Code::invalid_argument, message));
}

Result<const YamlNode*> TaskValues::get(std::string_view name) {
  if (const auto known = values_.find(name); known != values_.end()) return &known->second;
  if (const auto known = variables_.constants_.find(name); known != variables_.constants_.end())
    return &known->second;
  const auto entry = variables_.entries_.find(name);
  if (entry == variables_.entries_.end()) return static_cast<const YamlNode*>(nullptr);
  DMS_TRY(YamlNode value, expand(entry->second.compiled));
  return &values_.insert_or_assign(std::string(name), std::move(value)).first->second;
}

Result<std::string> TaskValues::expand(const Variables::Text& text) {
  std::string result;
  for (const Piece& piece : text.pieces) {
    if (!piece.is_placeholder()) {
      result += piece.text;
      continue;
    }
    DMS_TRY(const std::string value, replace(piece, text));
    made_bytes_ += value.size();
    if (made_bytes_ > most_made_bytes)
      return error_at(text, piece.offset,
                      fmt::format("{}: the texts of one task are longer than 64 MiB", piece.text));
    result += value;
  }
  return result;
}

Result<std::string> TaskValues::replace(const Piece& piece, const Variables::Text& text) {
  DMS_TRY(const YamlNode* value, get(piece.name));
  if (!value) return piece.text;
  auto part = part_of(*value, piece.name, piece.indices);
  if (!part) return error_at(text, piece.offset, part.error().message);
  auto formatted = format_value(**part, piece.conversion, piece.spec);
  if (!formatted)
    return error_at(text, piece.offset,
                    fmt::format("{}: {}", piece.text, formatted.error().message));
  return std::move(*formatted);
}

Result<YamlNode> TaskValues::expand(const Variables::Compiled& compiled) {
  YamlNode value = *compiled.node;
  if (value.kind == Kind::scalar) {
    const bool changes = !compiled.text.is_constant();
    DMS_TRY(value.text, expand(compiled.text));
    // What was put together is a text, as in Python, when it was quoted or is none of YAML's words.
    value.quoted = value.quoted || changes;
  }
  for (std::size_t at = 0; at < compiled.parts.size(); ++at) {
    DMS_TRY(YamlNode part, expand(compiled.parts[at]));
    (value.kind == Kind::list ? value.items[at] : value.entries[at].value) = std::move(part);
  }
  return value;
}

}  // namespace dms::models
