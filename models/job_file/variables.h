// The variables of a job file: every key of it, those of its template, and a few that are made.
// Texts refer to one another by {name}; each text is put together once, in the order of who needs
// whom.
//
// Values, once made; const functions are safe from any thread. Objects of TaskValues belong to one
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/job_file/format_value.h"
#include "models/job_file/placeholder.h"
#include "models/job_file/source_text.h"
#include "models/study/yaml.h"

namespace dms::models {

struct Variable {
  std::string name;
  YamlNode value;
  SourcePtr source;  // the file it stands in; null for one that was made
};

// A text that did not come from a file.
YamlNode made_text(std::string text);

class TaskValues;

class Variables {
 public:
  using Values = std::map<std::string, YamlNode, std::less<>>;

  Variables() = default;
  Variables(Variables&&) = default;
  Variables& operator=(Variables&&) = default;
  // Takes the variables, the first of a name winning, and puts those together that are the same for
  // all tasks. `of_task` are the names whose values each task brings.
  // Errors, all with "file:line:column: ": invalid_argument for a variable that needs itself, with
  // the way around; for an index that is not there, and a format that does not fit.
  static Result<Variables> make(std::vector<Variable> variables, std::vector<std::string> of_task);

  bool knows(std::string_view name) const;
  // Whether tasks differ in it.
  bool differs_by_task(std::string_view name) const;
  // The variable as it was written, or null.
  const Variable* find(std::string_view name) const;
  const std::vector<Variable>& all() const { return variables_; }
  // Names that some text refers to, directly.
  bool is_used(std::string_view name) const;

  // Replaces or adds a text that was made, and what follows from it.
  Status set(std::string_view name, std::string text);

  // The values of one task. Requires: `this` outlives them.
  TaskValues of_task(Values task) const;

  // A text with its placeholders, and what to replace them by. `begin` is where it stands in
  // `source`, which may be null.
  struct Text {
    std::string text;
    std::vector<Piece> pieces;
    SourcePtr source;
    Mark begin;

    bool is_constant() const;
  };
  Text compile(std::string text, TextKind kind, SourcePtr source = {}, Mark begin = {}) const;
  bool differs_by_task(const Text& text) const;

 private:
  friend class TaskValues;

  // A value with the texts in it split.
  struct Compiled {
    const YamlNode* node = nullptr;
    Text text;
    std::vector<Compiled> parts;  // of a list or map
  };
  struct Entry {
    std::size_t variable = 0;
    Compiled compiled;
    std::vector<std::pair<std::string, std::size_t>> needs;  // name and offset of a placeholder
    bool differs = false;
  };

  Compiled compile_node(const YamlNode& node, const SourcePtr& source) const;
  Status settle();
  Status order();
  enum class Visit { open, done };
  Status visit(std::string_view name, std::map<std::string, Visit, std::less<>>& visits,
               std::vector<std::string>& path);
  Error cycle(const Entry& entry, std::string_view to, std::vector<std::string> path) const;

  std::vector<Variable> variables_;
  std::vector<std::string> of_task_;
  std::map<std::string, Entry, std::less<>> entries_;
  Values constants_;
};

// What the variables are worth to one task.
class TaskValues {
 public:
  // The value, or null for a name that is not known. Errors: as Variables::make.
  Result<const YamlNode*> get(std::string_view name);
  Result<std::string> expand(const Variables::Text& text);
  // A value of this task's own. Requires: nothing has asked for it yet.
  void put(std::string name, std::string text) {
    values_.insert_or_assign(std::move(name), made_text(std::move(text)));
  }

 private:
  friend class Variables;
  TaskValues(const Variables& variables, Variables::Values task)
      : variables_(variables), values_(std::move(task)) {}

  Result<YamlNode> expand(const Variables::Compiled& compiled);
  Result<std::string> replace(const Piece& piece, const Variables::Text& text);

  const Variables& variables_;
  Variables::Values values_;
  std::size_t made_bytes_ = 0;  // texts that refer to one another may grow without end
};

}  // namespace dms::models
