#include "mpi/local_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::mpi {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;

TEST(LocalMpi, starts_ranks_elsewhere_by_the_remote_shell) {
  const auto settings = local_environment({.remote_shell = "/n/bin/ssh"});
  EXPECT_THAT(settings, Contains(Pair("OMPI_MCA_plm_rsh_agent", "/n/bin/ssh")));
  EXPECT_THAT(settings, Contains(Pair("HYDRA_LAUNCHER_EXEC", "/n/bin/ssh")));
  EXPECT_THAT(settings, Contains(Pair("I_MPI_HYDRA_BOOTSTRAP_EXEC", "/n/bin/ssh")));
}

TEST(LocalMpi, leaves_a_path_that_open_mpi_would_split_to_the_search_path) {
  for (const char* path : {"/my data/bin/ssh", "/a:b/ssh"}) {
    const auto settings = local_environment({.remote_shell = path});
    EXPECT_THAT(settings, Contains(Pair("OMPI_MCA_plm_rsh_agent", "ssh")));
    EXPECT_THAT(settings, Contains(Pair("HYDRA_LAUNCHER_EXEC", path)));
  }
}

TEST(LocalMpi, keeps_ranks_out_of_shared_memory_when_hosts_have_one_name) {
  EXPECT_THAT(local_environment({.remote_shell = "/s", .host_names = HostNames::shared}),
              Contains(Pair("OMPI_MCA_btl", "self,tcp")));
  EXPECT_THAT(local_environment({.remote_shell = "/s", .host_names = HostNames::own}),
              Not(Contains(Key("OMPI_MCA_btl"))));
}

}  // namespace
}  // namespace dms::mpi
