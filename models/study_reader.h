// Values of a study file with strict types: each reader names the key, the place and what it found.
//
// Objects hold the file's name only; const functions are safe from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "models/sweep.h"
#include "models/yaml.h"

namespace dms::models {

// What a value is, for messages: "a list", "the text 'two'".
std::string describe(const YamlNode& node);

// "90s", "30m", "2h", "1d", "1h30m"; nothing for another text, a bare number and no time at all.
std::optional<std::chrono::seconds> parse_span(std::string_view text);

// Errors of all readers: invalid_argument with "file:line:column: " in front.
class StudyReader {
 public:
  explicit StudyReader(std::string file) : file_(std::move(file)) {}

  Error error(Mark mark, std::string_view message) const {
    return yaml_error(file_, mark, message);
  }
  Error unknown_key(const YamlEntry& entry, std::span<const std::string_view> known) const;
  // The value of a key, or null.
  const YamlNode* find(const YamlNode& map, std::string_view key) const;

  // A text that is not empty.
  Result<std::string> text(std::string_view what, const YamlNode& node) const;
  // An id as Batch takes it.
  Status id(std::string_view what, const YamlNode& node, std::string& out) const;
  // A list of texts, or one text.
  Status text_list(std::string_view what, const YamlNode& node,
                   std::vector<std::string>& out) const;
  struct Limits {
    int lowest;
    int highest;
  };
  Status integer(std::string_view what, const YamlNode& node, Limits limits, int& out) const;
  // "90s", "30m", "2h", "1d", "1h30m"; a bare number is refused, since nobody knows its unit.
  Status duration(std::string_view what, const YamlNode& node, std::optional<Duration>& out) const;
  // The key of a map as the name of an environment variable that is the user's to set.
  Status variable_name(const YamlEntry& entry) const;

  // The space of the keys `sweep` and `combine`. No sweep at all is one run.
  Result<ParameterSpace> sweep(const YamlNode& root) const;

 private:
  Result<Combine> combine(const YamlNode& root) const;
  Result<Axis> axis(const YamlEntry& entry) const;
  Result<ValueList> value_list(const YamlEntry& entry) const;
  Result<std::vector<double>> numbers(std::string_view what, const YamlNode& node) const;
  Status check_unique(const YamlEntry& entry, const Axis& axis) const;
  Status check_unique_points(const YamlNode& sweep, const ParameterSpace& space) const;

  std::string file_;
};

}  // namespace dms::models
