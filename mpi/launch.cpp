#include "mpi/launch.h"

#include <array>
#include <utility>

namespace dms::mpi {
namespace {

using enum Implementation;

constexpr std::array names{std::pair{open_mpi, std::string_view("openmpi")},
                           std::pair{mpich, std::string_view("mpich")},
                           std::pair{intel_mpi, std::string_view("intelmpi")},
                           std::pair{mvapich2, std::string_view("mvapich2")}};

// What stands in the answer to --version; the first that is found decides, since an MVAPICH2 calls
// itself HYDRA like the MPICH that it was made of.
constexpr std::array marks{std::pair{std::string_view("Open MPI"), open_mpi},
                           std::pair{std::string_view("OpenRTE"), open_mpi},
                           std::pair{std::string_view("PRTE"), open_mpi},
                           std::pair{std::string_view("Intel(R) MPI"), intel_mpi},
                           std::pair{std::string_view("mvapich"), mvapich2},
                           std::pair{std::string_view("MVAPICH"), mvapich2},
                           std::pair{std::string_view("HYDRA"), mpich}};

}  // namespace

std::string_view name_of(Implementation implementation) {
  for (const auto& [value, name] : names)
    if (value == implementation) return name;
  return "";
}

std::optional<Implementation> implementation_named(std::string_view name) {
  for (const auto& [value, known] : names)
    if (known == name) return value;
  return std::nullopt;
}

std::optional<Implementation> implementation_of(std::string_view version_text) {
  for (const auto& [mark, implementation] : marks)
    if (version_text.find(mark) != std::string_view::npos) return implementation;
  return std::nullopt;
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> hosts;
  std::string host;
  for (const char c : list) {
    if (c == ' ' || c == '\t' || c == '\n') continue;
    if (c != ',') {
      host += c;
      continue;
    }
    if (!host.empty()) hosts.push_back(std::exchange(host, {}));
  }
  if (!host.empty()) hosts.push_back(std::move(host));
  return hosts;
}

std::string host_file(Implementation implementation, const std::vector<std::string>& hosts,
                      int ranks_per_host) {
  const std::string slots = std::to_string(ranks_per_host);
  std::string text;
  for (const std::string& host : hosts) {
    text += host;
    if (implementation == open_mpi) text += " slots=" + slots;
    if (implementation == mpich || implementation == mvapich2) text += ":" + slots;
    text += '\n';
  }
  return text;
}

std::vector<std::string> launch_line(Implementation implementation, const Launch& launch) {
  const std::string ranks = std::to_string(launch.hosts * launch.ranks_per_host);
  const std::string per_host = std::to_string(launch.ranks_per_host);
  if (implementation != open_mpi)
    return {"mpiexec.hydra", "-f", launch.host_file, "-n", ranks, "-ppn", per_host, "-genvall"};
  std::vector<std::string> line{"mpirun", "--hostfile", launch.host_file,           "-np",
                                ranks,    "--map-by",   "ppr:" + per_host + ":node"};
  for (const std::string& name : launch.environment) {
    line.push_back("-x");
    line.push_back(name);
  }
  return line;
}

}  // namespace dms::mpi
