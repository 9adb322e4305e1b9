// dmsnode mpirun with an mpirun of the test's own, which starts the ranks one after the other on
// this machine and writes down what it was told.
#include <unistd.h>

#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* open_mpi = R"(#!/bin/bash
[ "$1" = --version ] && { echo "mpirun (Open MPI) 4.1.4"; exit; }
printf '[%s]' "$@" >told
ranks=2 code=0
while [[ $1 == -* ]]; do
  case $1 in -np) ranks=$2; shift 2 ;; --flag) shift ;; *) shift 2 ;; esac
done
for ((rank = 0; rank < ranks; ++rank)); do
  OMPI_COMM_WORLD_RANK=$rank "$@" || { code=$?; break; }
done
${AFTER:-exit $code}
)";

class Mpirun : public Fixture {
 protected:
  Mpirun() {
    write("bin/mpirun", open_mpi, 0755);
    set("PATH", (directory() / "bin").string() + ":/usr/bin:/bin");
    set("AZ_BATCH_HOST_LIST", "10.0.0.4,10.0.0.5,10.0.0.6");
    set("DMSBATCH_RANKS_PER_HOST", "2");
    for (const char* name : {"DMSBATCH_MPI", "DMSBATCH_MPI_ENVIRONMENT", "DMSBATCH_HOSTFILE"})
      ::unsetenv(name);
  }
  ~Mpirun() override { ::setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1); }

  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
};

TEST_F(Mpirun, asks_mpirun_which_it_is_and_tells_it_hosts_ranks_and_variables) {
  set("DMSBATCH_MPI_ENVIRONMENT", "HERE,NOT_HERE");
  set("HERE", "1");
  const auto outcome = dmsnode({"mpirun", "--flag", "--", "echo", "a b"});
  EXPECT_EQ(outcome.exit, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "a b\na b\na b\na b\na b\na b\n");
  EXPECT_EQ(read("hostfile.openmpi"), "10.0.0.4 slots=2\n10.0.0.5 slots=2\n10.0.0.6 slots=2\n");
  EXPECT_THAT(read("told"), StartsWith("[--hostfile][hostfile.openmpi][-np][6][--map-by]"
                                       "[ppr:2:node][-x][HERE][--flag][/"));
}

TEST_F(Mpirun, ends_with_the_code_of_the_rank_that_failed_and_names_it) {
  set("AFTER", "exit 1");
  const auto outcome = dmsnode({"mpirun", "sh", "-c", "[ $OMPI_COMM_WORLD_RANK != 3 ] || exit 7"});
  EXPECT_EQ(outcome.exit, 7);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  EXPECT_THAT(outcome.errors,
              HasSubstr("dmsnode: rank 3 on " + std::string(host) + " ended with exit code 7\n"));
  EXPECT_THAT(outcome.errors, EndsWith("it failed because rank 3 on " + std::string(host) +
                                       " ended with exit code 7\n"));
  ::unsetenv("AFTER");
}

TEST_F(Mpirun, names_the_signal_that_ended_a_rank) {
  const auto outcome = dmsnode({"mpirun", "sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(outcome.exit, 128 + 11);
  EXPECT_THAT(outcome.errors, HasSubstr(" ended by signal 11 (Segmentation fault)\n"));
}

TEST_F(Mpirun, ends_an_mpirun_that_goes_on_without_a_rank) {
  set("AFTER", "exec sleep 1000");
  const auto outcome = dmsnode({"mpirun", "sh", "-c", "exit 9"});
  EXPECT_EQ(outcome.exit, 9);
  EXPECT_THAT(outcome.errors, HasSubstr("mpirun goes on without that rank and is ended"));
  ::unsetenv("AFTER");
}

TEST_F(Mpirun, believes_an_mpirun_that_says_all_is_well) {
  set("AFTER", "exit 0");
  EXPECT_EQ(dmsnode({"mpirun", "false"}).exit, 0);
  ::unsetenv("AFTER");
}

TEST_F(Mpirun, needs_a_known_mpirun) {
  write("bin/mpirun", "#!/bin/sh\necho some tool 1.0\n", 0755);
  auto outcome = dmsnode({"mpirun", "true"});
  EXPECT_EQ(outcome.exit, 69);
  EXPECT_THAT(outcome.errors, HasSubstr("some tool 1.0"));
  set("PATH", (directory() / "empty").string());
  EXPECT_EQ(dmsnode({"mpirun", "true"}).exit, 69);
  set("DMSBATCH_MPI", "lam");
  outcome = dmsnode({"mpirun", "true"});
  EXPECT_EQ(outcome.exit, 64);
  EXPECT_THAT(outcome.errors, HasSubstr("'lam'"));
}

TEST_F(Mpirun, writes_a_host_file_for_every_implementation) {
  EXPECT_EQ(dmsnode({"hostfile", "plain"}).exit, 0);
  EXPECT_EQ(read("plain"), "10.0.0.4\n10.0.0.4\n10.0.0.5\n10.0.0.5\n10.0.0.6\n10.0.0.6\n");
  set("DMSBATCH_RANKS_PER_HOST", "many");
  EXPECT_EQ(dmsnode({"hostfile", "plain"}).exit, 64);
}

TEST_F(Mpirun, gathers_what_the_other_hosts_have_into_a_folder_each) {
  write("out/a.txt", "here\n");
  set("DMSBATCH_HOSTFILE", (directory() / "hf").string());
  const auto outcome = dmsnode({"gather", "hosts", "--", "out/*.txt", "none"});
  EXPECT_EQ(outcome.exit, 0) << outcome.errors;
  EXPECT_EQ(read("hosts/1/out/a.txt"), "here\n");
  EXPECT_EQ(read("hosts/2/out/a.txt"), "here\n");
  EXPECT_FALSE(exists("hosts/0"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("here")));
}

}  // namespace
}  // namespace dms::node
