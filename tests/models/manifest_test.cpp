#include "models/runs/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Manifest melt_manifest() {
  return {.inputs_sha256 = "1",
          .inputs = {{.name = "in.melt", .bytes = 3, .crc32 = 7}, {.name = "old", .bytes = 1}},
          .command = "lmp",
          .outputs = {"log"},
          .environment = {{"OMP_NUM_THREADS", "1"}},
          .parameters = {{.name = "T", .count = 2, .values = {"1", "2"}}}};
}

TEST(Manifest, of_an_unchanged_study_has_nothing_to_tell) {
  EXPECT_THAT(changes_since(melt_manifest(), melt_manifest()), IsEmpty());
}

TEST(Manifest, names_the_files_that_make_runs_new) {
  Manifest now = melt_manifest();
  now.inputs_sha256 = "2";
  now.inputs = {{.name = "in.melt", .bytes = 3, .crc32 = 8}, {.name = "new", .bytes = 1}};
  EXPECT_THAT(changes_since(melt_manifest(), now),
              ElementsAre("in.melt changed", "new added", "old removed"));
  now.inputs = melt_manifest().inputs;
  EXPECT_THAT(changes_since(melt_manifest(), now), ElementsAre("inputs changed"));
}

TEST(Manifest, tells_of_command_outputs_and_environment) {
  Manifest now = melt_manifest();
  now.shared_files = {{"tide.h5", "1"}};
  now.command = "lmp -v";
  now.outputs = {"log", "out"};
  now.environment = {{"OMP_NUM_THREADS", "4"}, {"CASE", "x"}};
  EXPECT_THAT(changes_since(melt_manifest(), now),
              ElementsAre("shared file tide.h5 added", "command changed", "outputs changed",
                          "environment OMP_NUM_THREADS changed", "environment CASE added"));
}

TEST(Manifest, tells_new_values_and_parameters_but_not_values_that_went) {
  Manifest now = melt_manifest();
  now.parameters = {{.name = "T", .count = 2, .values = {"2", "3.5"}}, {.name = "R", .count = 1}};
  EXPECT_THAT(changes_since(melt_manifest(), now),
              ElementsAre("new values of T: 3.5", "parameter R added"));
  now.parameters = {{.name = "T", .count = 1, .values = {"2"}}};
  EXPECT_THAT(changes_since(melt_manifest(), now), IsEmpty());
  now.parameters = {};
  EXPECT_THAT(changes_since(melt_manifest(), now), ElementsAre("parameter T removed"));
}

TEST(Manifest, shows_a_few_of_many_values) {
  Manifest now = melt_manifest();
  now.parameters[0].values = {"1", "3", "4", "5", "6", "7", "8", "9"};
  EXPECT_THAT(changes_since(melt_manifest(), now),
              ElementsAre("new values of T: 3, 4, 5, 6, 7 and 2 more"));
}

TEST(Manifest, comes_back_as_it_was_written) {
  Manifest whole = melt_manifest();
  whole.shared_files = {{"tide.h5", "1"}};
  EXPECT_EQ(*decode<Manifest>(encode(whole)), whole);
}

}  // namespace
}  // namespace dms::models
