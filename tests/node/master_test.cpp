#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

// DMSBATCH_NODE_IP as the local service gives it, or not at all.
class Master : public Fixture {
 protected:
  void TearDown() override { ::unsetenv("DMSBATCH_NODE_IP"); }
  static void set_node(const char* ip) { ::setenv("DMSBATCH_NODE_IP", ip, 1); }
};

const std::vector<std::string> show = {"/bin/sh", "-c",
                                       "echo $MASTER_HOSTNAME,$MASTER_IP,${MASTER_PORT-none}"};

std::vector<std::string> master(std::vector<std::string> options) {
  options.insert(options.begin(), "master");
  options.emplace_back("--");
  options.insert(options.end(), show.begin(), show.end());
  return options;
}

TEST_F(Master, says_the_local_nodes_address_and_tells_its_command) {
  set_node("127.77.0.9");
  const auto outcome = dmsnode(master({"--port", "4004"}));
  EXPECT_EQ(outcome.exit, 0) << outcome.errors;
  EXPECT_EQ(outcome.output,
            "hostname 127.77.0.9\naddress 127.77.0.9\nport 4004\n127.77.0.9,127.77.0.9,4004\n");
}

TEST_F(Master, needs_no_port) {
  set_node("127.77.0.9");
  EXPECT_EQ(dmsnode(master({})).output,
            "hostname 127.77.0.9\naddress 127.77.0.9\n127.77.0.9,127.77.0.9,none\n");
}

TEST_F(Master, takes_a_port_that_is_free) {
  set_node("127.77.0.9");
  EXPECT_THAT(dmsnode(master({"--port=any"})).output,
              MatchesRegex("hostname .*\naddress .*\nport [1-9][0-9]+\n.*,[1-9][0-9]+\n"));
}

TEST_F(Master, says_the_machines_name_and_address_elsewhere) {
  const auto outcome = dmsnode(master({}));
  if (outcome.exit == 74) {  // a machine without any network
    EXPECT_THAT(outcome.errors, HasSubstr("finding this node's address"));
    return;
  }
  char name[256] = "";
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  EXPECT_THAT(outcome.output, StartsWith("hostname " + std::string(name) + "\naddress "));
  const std::string rest = outcome.output.substr(outcome.output.find("address ") + 8);
  in_addr parsed{};
  EXPECT_EQ(::inet_pton(AF_INET, rest.substr(0, rest.find('\n')).c_str(), &parsed), 1) << rest;
}

TEST_F(Master, ends_as_its_command_does) {
  set_node("127.77.0.9");
  EXPECT_EQ(dmsnode({"master", "--", "/bin/sh", "-c", "exit 7"}).exit, 7);
}

TEST_F(Master, refuses_what_it_cannot_do) {
  set_node("127.77.0.9");
  EXPECT_EQ(dmsnode({"master"}).exit, 64);
  EXPECT_EQ(dmsnode(master({"--port", "70000"})).exit, 64);
  const auto outcome = dmsnode({"master", "--", "./no-such-program"});
  EXPECT_EQ(outcome.exit, 74);
  EXPECT_THAT(outcome.errors, HasSubstr("no-such-program"));
}

}  // namespace
}  // namespace dms::node
