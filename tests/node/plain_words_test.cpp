// Which commands dmsnode starts without a shell: those that bash would start just so.
#include "node/plain_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace dms::node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A variable of this process while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(PlainWords, are_a_program_and_its_arguments) {
  EXPECT_THAT(plain_words("hydro  -f\tcase-1/run.inp --dt=0.5 "),
              ElementsAre("hydro", "-f", "case-1/run.inp", "--dt=0.5"));
  EXPECT_THAT(plain_words("./model a,b c:d e@f +g 50%\n"),
              ElementsAre("./model", "a,b", "c:d", "e@f", "+g", "50%"));
}

TEST(PlainWords, have_variables_replaced_that_are_one_word) {
  const Variable run("RUN", "anna-7"), path("MODEL_DIR", "/opt/model_2/bin");
  EXPECT_THAT(plain_words("$MODEL_DIR/ptm -r ${RUN}.inp x$RUN"),
              ElementsAre("/opt/model_2/bin/ptm", "-r", "anna-7.inp", "xanna-7"));
}

TEST(PlainWords, are_none_when_a_variable_would_be_split_or_matched_or_is_missing) {
  const Variable split("SPLIT", "a b"), match("MATCH", "*.inp"), nothing("NOTHING", "");
  for (const char* command : {"model $SPLIT", "model $MATCH", "model $NOTHING", "model $NOT_THERE"})
    EXPECT_THAT(plain_words(command), IsEmpty()) << command;
}

TEST(PlainWords, are_none_of_what_only_bash_knows) {
  for (const char* command :
       {"echo a", "cd run", "exit 3", ". ./setup", "A=1 model", "%1", "model $RANDOM", "model $PWD",
        "model ${RUN:-x}", "model ${RUN", "model $1", "model $?", "model $$", "model $BASHPID"})
    EXPECT_THAT(plain_words(command), IsEmpty()) << command;
}

TEST(PlainWords, are_none_when_any_character_means_more) {
  const std::string_view special = "|&;<>()`\\\"'*?[]#~!{}^\n\r\v";
  for (const char c : special)
    EXPECT_THAT(plain_words(std::string("model a") + c + "b"), IsEmpty()) << c;
  EXPECT_THAT(plain_words("mod\xc3\xa8le"), IsEmpty());
  EXPECT_THAT(plain_words(" \n"), IsEmpty());
}

TEST(PlainWords, are_none_when_the_environment_changes_what_commands_mean) {
  for (const char* name : {"BASH_FUNC_model%%", "BASH_ENV", "SHELLOPTS"}) {
    const Variable set(name, "x");
    EXPECT_THAT(plain_words("model"), IsEmpty()) << name;
  }
  EXPECT_THAT(plain_words("model"), ElementsAre("model"));
}

}  // namespace
}  // namespace dms::node
