#include "models/study/master.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "models/study/keys.h"
#include "models/study/study.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

template <class Part>
Status read_command(const StudyReader& reader, const std::string& what, const YamlNode& node,
                    Part& part) {
  DMS_TRY(part.command, reader.text(what, node));
  return ok();
}

template <class Part>
Status read_outputs(const StudyReader& reader, const std::string& what, const YamlNode& node,
                    Part& part) {
  return reader.patterns_below(what, node, part.outputs);
}

Status read_port(const StudyReader& reader, const std::string& what, const YamlNode& node,
                 MasterSpec& master) {
  master.any_port = node.kind == Kind::scalar && node.text == "any";
  if (master.any_port) return ok();
  auto read = reader.integer(what, node, {1, 65535}, master.port);
  if (!read)
    return reader.error(node.mark, fmt::format("{} is a number from 1 to 65535, or any, "
                                               "not {}",
                                               what, describe(node)));
  return ok();
}

Status read_grace(const StudyReader& reader, const std::string& what, const YamlNode& node,
                  MasterSpec& master) {
  if (node.kind == Kind::scalar && node.text == "0s") {
    master.grace = std::chrono::seconds(0);
    return ok();
  }
  std::optional<Duration> grace;
  DMS_CHECK(reader.duration(what, node, grace));
  master.grace = std::chrono::duration_cast<std::chrono::seconds>(grace->span);
  if (master.grace > std::chrono::days(1))
    return reader.error(node.mark, fmt::format("{} is at most a day, not {}", what, node.text));
  return ok();
}

Status read_prints(const StudyReader& reader, const std::string& what, const YamlNode& node,
                   MasterSpec& master) {
  if (node.kind != Kind::scalar || (node.text != "true" && node.text != "false"))
    return reader.error(node.mark,
                        fmt::format("{} is true or false, not {}", what, describe(node)));
  master.prints_hostname = node.text == "true";
  return ok();
}

Status read_count(const StudyReader& reader, const std::string& what, const YamlNode& node,
                  WorkersSpec& workers) {
  DMS_CHECK(reader.integer(what, node, {1, 1'000'000}, workers.count));
  if (workers.count <= most_workers) return ok();
  return reader.error(
      node.mark, fmt::format("{} is at most {}, not {}: masters such as PEST++'s fail above about "
                             "so many connections",
                             what, most_workers, workers.count));
}

Status read_replacements(const StudyReader& reader, const std::string& what, const YamlNode& node,
                         WorkersSpec& workers) {
  return reader.integer(what, node, {0, 100'000}, workers.max_replacements);
}

constexpr std::array master_keys{
    StudyKey<MasterSpec>{"command", read_command<MasterSpec>},
    StudyKey<MasterSpec>{"outputs", read_outputs<MasterSpec>},
    StudyKey<MasterSpec>{"port", read_port},
    StudyKey<MasterSpec>{"grace", read_grace},
    StudyKey<MasterSpec>{"prints_hostname", read_prints},
};
constexpr std::array workers_keys{
    StudyKey<WorkersSpec>{"command", read_command<WorkersSpec>},
    StudyKey<WorkersSpec>{"outputs", read_outputs<WorkersSpec>},
    StudyKey<WorkersSpec>{"count", read_count},
    StudyKey<WorkersSpec>{"max_replacements", read_replacements},
};

template <class Part, std::size_t size>
Status read_part(const StudyReader& reader, const std::string& what, const YamlNode& node,
                 const std::array<StudyKey<Part>, size>& keys, Part& part) {
  if (node.kind != Kind::map)
    return reader.error(node.mark,
                        fmt::format("{} is a map of keys, not {}", what, describe(node)));
  DMS_CHECK(read_keys(reader, what, node, keys, part));
  if (part.command.empty()) return reader.error(node.mark, what + " has no command");
  return ok();
}

// Keys that mean runs which are all alike, and what to say instead.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> of_sweeps{{
    {"command", "master.command and workers.command say what runs"},
    {"sweep", "make a study for each estimation"},
    {"combine", "make a study for each estimation"},
    {"outputs", "master.outputs and workers.outputs say what comes back"},
    {"max_task_retry_count", "workers.max_replacements says how many workers are replaced"},
}};

}  // namespace

Status read_master(const StudyReader& reader, const YamlNode& node, Study& study) {
  return read_part(reader, "master", node, master_keys, study.master.emplace());
}

Status read_workers(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_CHECK(read_part(reader, "workers", node, workers_keys, study.workers.emplace()));
  if (study.workers->count == 0) return reader.error(node.mark, "workers has no count");
  return ok();
}

Status check_master(const StudyReader& reader, const YamlNode& root, const Study& study) {
  if (!study.master && !study.workers) return ok();
  if (!study.workers)
    return reader.error(reader.find(root, "master")->mark,
                        "a study with a master needs workers: {command: …, count: …}");
  if (!study.master)
    return reader.error(reader.find(root, "workers")->mark,
                        "a study with workers needs a master: {command: …}");
  if (study.master->prints_hostname && study.master->any_port)
    return reader.error(reader.find(root, "master")->mark,
                        "master.port: any does not go with prints_hostname: it is dmsnode that "
                        "finds a free port and says so");
  for (const auto& [key, instead] : of_sweeps)
    if (const YamlNode* node = reader.find(root, key))
      return reader.error(node->mark,
                          fmt::format("{} does not go with a master: {}", key, instead));
  for (const auto& [name, value] : study.environment_variables)
    if (name == "MASTER_IP" || name == "MASTER_HOSTNAME" || name == "MASTER_PORT")
      return reader.error(
          reader.find(root, "environment_variables")->mark,
          fmt::format("{} is set by dmsbatch, when the master's place is known", name));
  return ok();
}

}  // namespace dms::models
