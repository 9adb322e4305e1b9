#include "models/study/mpi.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "models/study/reader.h"
#include "models/study/study.h"
#include "mpi/launch.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

MpiKeys& keys_of(Study& study) {
  if (!study.mpi) study.mpi.emplace();
  return *study.mpi;
}

Status read_implementation(const StudyReader& reader, const YamlNode& node, MpiKeys& keys) {
  DMS_TRY(keys.implementation, reader.text("mpi.implementation", node));
  if (keys.implementation == "auto" || mpi::implementation_named(keys.implementation)) return ok();
  return reader.error(node.mark,
                      fmt::format("mpi.implementation is auto, openmpi, mpich, intelmpi or "
                                  "mvapich2, not '{}'",
                                  keys.implementation));
}

Status read_outputs(const StudyReader& reader, const YamlNode& node, MpiKeys& keys) {
  DMS_TRY(const std::string text, reader.text("mpi.outputs", node));
  if (text != "primary" && text != "all")
    return reader.error(node.mark, fmt::format("mpi.outputs is primary or all, not '{}'", text));
  keys.outputs = text == "all" ? MpiKeys::Outputs::all : MpiKeys::Outputs::primary;
  return ok();
}

Status read_environment(const StudyReader& reader, const YamlNode& node, MpiKeys& keys) {
  DMS_CHECK(reader.text_list("mpi.environment", node, keys.environment));
  for (const std::string& name : keys.environment)
    if (name.find_first_of(" ,=\t\n") != std::string::npos)
      return reader.error(node.mark, fmt::format("mpi.environment is a list of names of variables, "
                                                 "and '{}' is none",
                                                 name));
  return ok();
}

}  // namespace

int hosts_per_run(const Study& study) {
  return study.mpi->hosts > 0 ? study.mpi->hosts : study.num_hosts;
}

std::string mpi_placement(const Study& study) {
  const MpiKeys& keys = *study.mpi;
  std::string text = fmt::format("{} hosts, ", hosts_per_run(study));
  text += keys.ranks_per_host > 0 ? fmt::format("{} ranks on each", keys.ranks_per_host)
                                  : "a rank for each core";
  if (keys.implementation != "auto") text += ", " + keys.implementation;
  if (keys.outputs == MpiKeys::Outputs::all) text += ", outputs of all";
  if (!keys.environment.empty())
    text += fmt::format(", with {}", fmt::join(keys.environment, ", "));
  return text;
}

Status read_mpi_command(const StudyReader& reader, const YamlNode& node, Study& study) {
  keys_of(study);
  if (!study.command.empty())
    return reader.error(node.mark, "a study has command or mpi_command, not both");
  DMS_TRY(study.command, reader.text("mpi_command", node));
  constexpr std::string_view placeholder = "{mpirun}";
  for (std::size_t at = 0; (at = study.command.find(placeholder, at)) != std::string::npos;)
    study.command.replace(at, placeholder.size(), "$DMSBATCH_MPIRUN");
  return ok();
}

Status read_coordination_command(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_TRY(keys_of(study).coordination_command, reader.text("coordination_command", node));
  return ok();
}

Status read_mpi(const StudyReader& reader, const YamlNode& node, Study& study) {
  static constexpr std::array<std::string_view, 5> known{
      "hosts", "ranks_per_host", "implementation", "environment", "outputs"};
  if (node.kind != Kind::map)
    return reader.error(node.mark, fmt::format("mpi is a map of keys, not {}", describe(node)));
  MpiKeys& keys = keys_of(study);
  for (const auto& [key, key_mark, value] : node.entries) {
    if (key == "hosts")
      DMS_CHECK(reader.integer("mpi.hosts", value, {1, 10'000}, keys.hosts));
    else if (key == "ranks_per_host")
      DMS_CHECK(reader.integer("mpi.ranks_per_host", value, {1, 1024}, keys.ranks_per_host));
    else if (key == "implementation")
      DMS_CHECK(read_implementation(reader, value, keys));
    else if (key == "environment")
      DMS_CHECK(read_environment(reader, value, keys));
    else if (key == "outputs")
      DMS_CHECK(read_outputs(reader, value, keys));
    else
      return reader.unknown_key({key, key_mark, value}, known);
  }
  return ok();
}

Status check_mpi(const StudyReader& reader, const YamlNode& root, const Study& study) {
  if (!study.mpi) return ok();
  for (const char* key : {"mpi", "coordination_command"})
    if (const YamlNode* node = reader.find(root, key); node && !reader.find(root, "mpi_command"))
      return reader.error(node->mark, fmt::format("{} is for runs with an mpi_command, and the "
                                                  "study has none",
                                                  key));
  if (reader.find(root, "command"))
    return reader.error(reader.find(root, "command")->mark,
                        "a study has command or mpi_command, not both");
  if (study.pool.kind != pools::Kind::fixed && study.pool.kind != pools::Kind::mpi)
    return reader.error(
        reader.find(root, "pool")->mark,
        "runs of an mpi_command need all their nodes at the same moment, which this "
        "pool.recipe does not see to: leave it away");
  if (study.task_slots_per_node != 1)
    return reader.error(
        reader.find(root, "task_slots_per_node")->mark,
        fmt::format("task_slots_per_node is {}, but runs of an mpi_command start only on nodes "
                    "with one slot, else they wait for ever: leave the key away",
                    study.task_slots_per_node));
  if (study.mpi->hosts > study.num_hosts)
    return reader.error(
        reader.find(root, "mpi")->mark,
        fmt::format("mpi.hosts is {}, but the pool has {} nodes (num_hosts), so no run would "
                    "ever start",
                    study.mpi->hosts, study.num_hosts));
  return ok();
}

}  // namespace dms::models
