// Which commands are started without a shell: those that a shell would start just so.
#include "core/plain_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlainWords, are_a_program_and_its_arguments) {
  EXPECT_THAT(plain_words("hydro  -f\tcase-1/run.inp --dt=0.5 ", {}),
              ElementsAre("hydro", "-f", "case-1/run.inp", "--dt=0.5"));
  EXPECT_THAT(plain_words("./model a,b c:d e@f +g 50%\n", {}),
              ElementsAre("./model", "a,b", "c:d", "e@f", "+g", "50%"));
}

TEST(PlainWords, have_variables_replaced_that_are_one_word) {
  EXPECT_THAT(plain_words("$MODEL_DIR/ptm -r ${RUN}.inp x$RUN",
                          {"RUN=anna-7", "MODEL_DIR=/opt/model_2/bin"}),
              ElementsAre("/opt/model_2/bin/ptm", "-r", "anna-7.inp", "xanna-7"));
}

TEST(PlainWords, have_their_quotes_taken_off) {
  EXPECT_THAT(plain_words(R"('my model' 'a;b $RUN "c" *' '' x'y'z)", {"RUN=1"}),
              ElementsAre("my model", R"(a;b $RUN "c" *)", "", "xyz"));
  EXPECT_THAT(plain_words(R"("$DIR"/model "run $N of ${N}" "" "$NOTHING")",
                          {"DIR=/my models", "N=a * b", "NOTHING="}),
              ElementsAre("/my models/model", "run a * b of a * b", "", ""));
}

TEST(PlainWords, go_without_exec) {
  EXPECT_THAT(plain_words("exec model 1", {}), ElementsAre("model", "1"));
  for (const char* command : {"exec", "exec -a name model", "exec cd x"})
    EXPECT_THAT(plain_words(command, {}), IsEmpty()) << command;
}

TEST(PlainWords, are_none_when_a_variable_would_be_split_or_matched_or_is_missing) {
  const std::vector<std::string> environment = {"SPLIT=a b", "MATCH=*.inp", "NOTHING="};
  for (const char* command : {"model $SPLIT", "model $MATCH", "model $NOTHING", "model $NOT_THERE",
                              "model \"$NOT_THERE\""})
    EXPECT_THAT(plain_words(command, environment), IsEmpty()) << command;
}

TEST(PlainWords, are_none_of_what_only_a_shell_knows) {
  const std::vector<std::string> environment = {"RANDOM=1", "PWD=/x", "BASHPID=1", "RUN=1", "1=2"};
  for (const char* command : {"echo a",
                              "'echo' a",
                              "cd run",
                              "exit 3",
                              ". ./setup",
                              "A=1 model",
                              "%1",
                              "''",
                              "model $RANDOM",
                              "model $PWD",
                              "model ${RUN:-x}",
                              "model ${RUN",
                              "model $1",
                              "model $?",
                              "model $$",
                              "model $BASHPID",
                              "model \"$(date)\"",
                              "model \"a\\b\"",
                              "model \"`a`\"",
                              "model \"a",
                              "model 'a",
                              "model $'a'",
                              "model $\"a\""})
    EXPECT_THAT(plain_words(command, environment), IsEmpty()) << command;
}

TEST(PlainWords, are_none_when_any_character_means_more) {
  const std::string_view special = "|&;<>()`\\*?[]#~!{}^\n\r\v";
  for (const char c : special)
    EXPECT_THAT(plain_words(std::string("model a") + c + "b", {}), IsEmpty()) << c;
  EXPECT_THAT(plain_words("mod\xc3\xa8le", {}), IsEmpty());
  EXPECT_THAT(plain_words(" \n", {}), IsEmpty());
}

TEST(PlainWords, are_none_when_the_environment_changes_what_commands_mean) {
  for (const char* variable : {"BASH_FUNC_model%%=() { :; }", "BASH_ENV=x", "SHELLOPTS=x"})
    EXPECT_THAT(plain_words("model", {variable}), IsEmpty()) << variable;
  EXPECT_THAT(plain_words("model", {"BASH=/bin/bash"}), ElementsAre("model"));
}

}  // namespace
}  // namespace dms
