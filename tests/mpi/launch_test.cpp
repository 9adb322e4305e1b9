// Which MPI answers, which host file it reads, and how it is started.
#include "mpi/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::mpi {
namespace {

using enum Implementation;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(MpiVersion, tells_the_implementation) {
  EXPECT_EQ(implementation_of("mpirun (Open MPI) 4.1.4\n\nReport bugs to http://…"), open_mpi);
  EXPECT_EQ(implementation_of("mpirun (OpenRTE) 4.1.4"), open_mpi);
  EXPECT_EQ(implementation_of("HYDRA build details:\n    Version:          4.0.2\n"), mpich);
  EXPECT_EQ(implementation_of("Intel(R) MPI Library for Linux* OS, Version 2021.9 Build 20230307"),
            intel_mpi);
  EXPECT_EQ(implementation_of("HYDRA build details:\n    Version: 3.2.1\n    Configure options: "
                              "'--prefix=/opt/mvapich2-2.3.7'"),
            mvapich2);
  EXPECT_EQ(implementation_of("prun 1.0"), std::nullopt);
  EXPECT_EQ(implementation_of(""), std::nullopt);
}

TEST(MpiNames, are_read_as_they_are_written) {
  for (const Implementation each : {open_mpi, mpich, intel_mpi, mvapich2})
    EXPECT_EQ(implementation_named(name_of(each)), each);
  EXPECT_EQ(implementation_named("auto"), std::nullopt);
}

TEST(HostList, is_split_at_commas) {
  EXPECT_THAT(split_list("10.0.0.4,10.0.0.5"), ElementsAre("10.0.0.4", "10.0.0.5"));
  EXPECT_THAT(split_list(" 10.0.0.4, 10.0.0.5,\n"), ElementsAre("10.0.0.4", "10.0.0.5"));
  EXPECT_THAT(split_list(""), IsEmpty());
  EXPECT_THAT(split_list(",,"), IsEmpty());
}

TEST(HostFile, gives_slots_in_the_words_of_the_implementation) {
  const std::vector<std::string> hosts{"10.0.0.4", "10.0.0.5"};
  EXPECT_EQ(host_file(open_mpi, hosts, 2), "10.0.0.4 slots=2\n10.0.0.5 slots=2\n");
  EXPECT_EQ(host_file(mpich, hosts, 2), "10.0.0.4:2\n10.0.0.5:2\n");
  EXPECT_EQ(host_file(mvapich2, hosts, 2), "10.0.0.4:2\n10.0.0.5:2\n");
  EXPECT_EQ(host_file(intel_mpi, hosts, 2), "10.0.0.4\n10.0.0.5\n");
}

TEST(LaunchLine, names_ranks_and_variables_for_open_mpi) {
  EXPECT_THAT(
      launch_line(
          open_mpi,
          {.host_file = "h f", .hosts = 3, .ranks_per_host = 2, .environment = {"LJ_T", "PATH"}}),
      ElementsAre("mpirun", "--hostfile", "h f", "-np", "6", "--map-by", "ppr:2:node", "-x", "LJ_T",
                  "-x", "PATH"));
}

TEST(LaunchLine, gives_hydra_the_whole_environment) {
  for (const Implementation each : {mpich, intel_mpi, mvapich2})
    EXPECT_THAT(
        launch_line(each,
                    {.host_file = "h", .hosts = 3, .ranks_per_host = 2, .environment = {"LJ_T"}}),
        ElementsAre("mpiexec.hydra", "-f", "h", "-n", "6", "-ppn", "2", "-genvall"));
}

}  // namespace
}  // namespace dms::mpi
