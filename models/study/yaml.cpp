#include "models/study/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>

namespace dms::models {
namespace {

constexpr std::size_t deepest_nesting = 100;

Mark to_mark(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Builds the tree from the parser's events. `open_` are the lists and maps that are not yet closed;
// in a map, values alternate with keys.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add({.kind = YamlNode::Kind::null, .mark = to_mark(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    note(to_mark(mark), "an alias (*name) cannot stand here: write the value out");
    add({.kind = YamlNode::Kind::null, .mark = to_mark(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    const bool quoted = tag == "!";
    const bool null = !quoted && (value.empty() || value == "~" || value == "null" ||
                                  value == "Null" || value == "NULL");
    add({.kind = null ? YamlNode::Kind::null : YamlNode::Kind::scalar,
         .mark = to_mark(mark),
         .text = value,
         .quoted = quoted});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open({.kind = YamlNode::Kind::list, .mark = to_mark(mark)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open({.kind = YamlNode::Kind::map, .mark = to_mark(mark)});
  }
  void OnMapEnd() override { close(); }

  const std::optional<Error>& error() const { return error_; }
  std::optional<YamlNode> take_root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;  // the last entry of a map waits for its value
  };

  void note(Mark mark, std::string_view message) {
    if (!error_) error_ = yaml_error(file_, mark, message);
  }

  void open(YamlNode node) {
    if (open_.size() >= deepest_nesting) note(node.mark, "nested too deeply");
    open_.push_back({std::move(node)});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      // What is left out stands nowhere: its key is the place to point at.
      if (node.kind == YamlNode::Kind::null) node.mark = parent.node.entries.back().key_mark;
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      add_key(parent, std::move(node));
    }
  }

  void add_key(Open& parent, YamlNode key) {
    if (key.kind != YamlNode::Kind::scalar) note(key.mark, "a key must be a plain word");
    for (const YamlEntry& entry : parent.node.entries)
      if (entry.key == key.text)
        note(key.mark, fmt::format("the key '{}' stands here already, in line {}", key.text,
                                   entry.key_mark.line));
    parent.node.entries.push_back({std::move(key.text), key.mark, {.mark = key.mark}});
    parent.has_key = true;
  }

  std::string file_;
  std::vector<Open> open_;
  std::optional<YamlNode> root_;
  std::optional<Error> error_;
};

// The first line that is indented by a tab, from 1; 0 when there is none.
Mark tab_in_indentation(std::string_view text, int first_line, int last_line) {
  int line = 1;
  while (!text.empty() && line <= last_line) {
    const std::string_view content = text.substr(0, text.find('\n'));
    const std::size_t stop = content.find_first_not_of(' ');
    if (line >= first_line && stop != content.npos && content[stop] == '\t' &&
        content.find_first_not_of(" \t\r") != content.npos)
      return {line, static_cast<int>(stop) + 1};
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    ++line;
  }
  return {};
}

Error syntax_error(std::string_view file, std::string_view text, const YAML::Exception& problem) {
  const Mark mark = to_mark(problem.mark);
  // The parser stumbles over a tab where it stands or in the line after.
  const Mark tab = tab_in_indentation(text, mark.line - 1, mark.line);
  if (tab.line > 0) return yaml_error(file, tab, "a tab indents this line: YAML wants blanks");
  return yaml_error(file, mark, problem.msg);
}

}  // namespace

Error yaml_error(std::string_view file, Mark mark, std::string_view message) {
  return fail(Code::invalid_argument,
              fmt::format("{}:{}:{}: {}", file, mark.line, mark.column, message));
}

Result<YamlNode> parse_yaml(std::string_view file, std::string_view text) {
  TreeBuilder builder(file);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder))
      return YamlNode{.kind = YamlNode::Kind::map, .mark = {1, 1}};
    if (builder.error()) return *builder.error();
    std::optional<YamlNode> root = builder.take_root();
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second))
      return yaml_error(file, {1, 1}, "more than one document: '---' may stand at the top only");
    if (!root || root->kind == YamlNode::Kind::null)
      return YamlNode{.kind = YamlNode::Kind::map, .mark = {1, 1}};
    return std::move(*root);
  } catch (const YAML::Exception& problem) {
    return syntax_error(file, text, problem);
  }
}

}  // namespace dms::models
