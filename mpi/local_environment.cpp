#include "mpi/local_environment.h"

namespace dms::mpi {

std::vector<std::pair<std::string, std::string>> local_environment(const LocalNodes& nodes) {
  const std::string& shell = nodes.remote_shell;
  // Open MPI splits its agent's name at blanks and colons. It then finds ours by the name ssh,
  // since it stands first in the PATH.
  const bool splits = shell.find_first_of(" :\t") != std::string::npos;
  std::vector<std::pair<std::string, std::string>> settings{
      {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
      {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
      {"OMPI_MCA_plm_rsh_agent", splits ? "ssh" : shell},
      // It leaves out the loopback interface by itself.
      {"OMPI_MCA_btl_tcp_if_include", "lo"},
      {"OMPI_MCA_oob_tcp_if_include", "lo"},
      // Each node would bind its ranks to the machine's first cores.
      {"OMPI_MCA_hwloc_base_binding_policy", "none"},
      {"OMPI_MCA_mpi_yield_when_idle", "1"},
      {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
      {"HYDRA_LAUNCHER", "ssh"},
      {"HYDRA_LAUNCHER_EXEC", shell},
      {"HYDRA_IFACE", "lo"},
      {"I_MPI_HYDRA_BOOTSTRAP", "ssh"},
      {"I_MPI_HYDRA_BOOTSTRAP_EXEC", shell},
      {"I_MPI_HYDRA_IFACE", "lo"},
  };
  // Open MPI takes ranks on hosts of one name for neighbours in memory, and they crash.
  if (nodes.host_names == HostNames::shared) settings.emplace_back("OMPI_MCA_btl", "self,tcp");
  return settings;
}

}  // namespace dms::mpi
