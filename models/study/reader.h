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
#include "models/study/yaml.h"
#include "models/sweep/dates.h"

namespace dms::models {

// What a value is, for messages: "a list", "the text 'two'".
std::string describe(const YamlNode& node);

// All that is wrong with a study: a mistake does not hide the ones after it.
class Problems {
 public:
  // Keeps the message of an error; ok adds nothing.
  void add(const Status& status);
  // The value, or nothing and its error kept.
  template <class Value>
  std::optional<Value> take(Result<Value> result) {
    if (result) return *std::move(result);
    add(result.error());
    return std::nullopt;
  }
  std::size_t count() const { return count_; }
  // Ok, or the first error, the messages of the others below its own, one a line.
  Status status() const;

 private:
  static constexpr std::size_t most_shown = 20;
  std::optional<Error> first_;
  std::string others_;
  std::size_t count_ = 0;
};

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
  // The same for patterns of files below the working directory: none is absolute or climbs.
  Status patterns_below(std::string_view what, const YamlNode& node,
                        std::vector<std::string>& out) const;
  struct Limits {
    int lowest;
    int highest;
  };
  Status integer(std::string_view what, const YamlNode& node, Limits limits, int& out) const;
  // "90s", "30m", "2h", "1d", "1h30m"; a bare number is refused, since nobody knows its unit.
  Status duration(std::string_view what, const YamlNode& node, std::optional<Duration>& out) const;
  // true, false, yes, no.
  Result<bool> boolean(std::string_view what, const YamlNode& node) const;
  // The keys `format` and `upper` of a map; what they leave open is as in `otherwise`.
  Result<DateFormat> date_format(std::string_view what, const YamlNode& map,
                                 const DateFormat& otherwise) const;
  // The key of a map as the name of an environment variable that is the user's to set.
  Status variable_name(const YamlEntry& entry) const;

  const std::string& file() const { return file_; }

 private:
  std::string file_;
};

}  // namespace dms::models
