// The keys of a job file, read strictly when their texts have been put together.
//
// One thread, as TaskValues.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/job_file/variables.h"
#include "models/study/reader.h"

namespace dms::models {

// Every key that a job file or template may have; any other is a variable of the user's.
const std::vector<std::string_view>& job_file_keys();

class JobKeys {
 public:
  // Both outlive this.
  JobKeys(const Variables& variables, TaskValues& values)
      : variables_(variables), values_(values) {}

  // The value, or null when it is absent or nothing.
  Result<const YamlNode*> node(std::string_view key);
  // "" when it is absent.
  Result<std::string> text(std::string_view key);
  Result<std::optional<int>> integer(std::string_view key, StudyReader::Limits limits);
  Result<bool> boolean(std::string_view key, bool absent);
  // Reads and checks values of this key, and tells its errors in its file.
  StudyReader reader(std::string_view key) const;
  Error error(std::string_view key, std::string_view message) const;

  struct FileEntry {
    std::string file_path;     // of a resource file
    std::string blob_prefix;   // of a resource file
    std::string file_pattern;  // of an output file
    std::string path;
    std::string upload_condition = "taskcompletion";
    bool shared = false;  // the tasks write different names to one path
    Mark mark;
  };
  // resource_files, job_start_command_resource_files, output_files.
  enum class FileKind { resource, output };
  Result<std::vector<FileEntry>> files(std::string_view key, FileKind kind);

  struct Package {
    std::string name;
    std::string version;      // empty: the account's default
    std::string init_script;  // of each task, before its command
    std::string path;         // below the package: in front of the PATH, if it is there at all
    bool on_path = false;
  };
  Result<std::vector<Package>> packages();

 private:
  Status file_field(std::string_view key, const YamlEntry& field, FileKind kind, FileEntry& file);

  const Variables& variables_;
  TaskValues& values_;
};

// yes, true, on and their opposites, as YAML 1.1 has them; nothing for another text.
std::optional<bool> parse_boolean(std::string_view text);

}  // namespace dms::models
