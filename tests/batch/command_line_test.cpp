#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "batch/azure_batch.h"
#include "core/child.h"
#include "tests/support/temp_directory.h"

namespace dms::batch {
namespace {

// What a POSIX shell makes of a command line, as the node agent would start it.
Captured run_line(const std::string& command_line) {
  auto captured = run_captured({"/bin/sh", "-c", command_line});
  if (!captured) {
    ADD_FAILURE() << captured.error().message;
    return {.exit_code = -1};
  }
  return *std::move(captured);
}

Captured run_wrapped(const std::vector<std::string>& commands) {
  return run_line(wrap_commands_in_shell(commands));
}

TEST(CommandLine, commands_are_joined_in_one_bash) {
  EXPECT_EQ(wrap_commands_in_shell({"echo a", "echo b"}),
            "/bin/bash -c 'set -e; set -o pipefail; echo a; echo b; wait'");
}

TEST(CommandLine, separators_at_the_end_of_a_command_are_dropped) {
  EXPECT_EQ(wrap_commands_in_shell({"echo a; ", " echo b ;;", "echo c &&", "", " ;\n"}),
            "/bin/bash -c 'set -e; set -o pipefail; echo a; echo b; echo c; wait'");
}

TEST(CommandLine, quotes_of_a_command_reach_the_shell) {
  EXPECT_EQ(run_wrapped({R"(echo 'it'"'"'s' "a  b" $((1+1)))"}).out, "it's a  b 2\n");
}

TEST(CommandLine, the_first_failure_ends_it_with_its_exit_code) {
  const Captured captured = run_wrapped({"echo one", "(exit 7)", "echo two"});
  EXPECT_EQ(captured.exit_code, 7);
  EXPECT_EQ(captured.out, "one\n");
}

TEST(CommandLine, a_failure_inside_of_a_pipe_counts) {
  EXPECT_EQ(run_wrapped({"(exit 3) | cat", "echo on"}).exit_code, 3);
}

TEST(CommandLine, commands_in_the_background_are_waited_for) {
  const TempDirectory directory;
  const Captured captured = run_wrapped({"cd " + shell_quote(directory.path().string()),
                                         "trap '[ -e done ] && echo waited' EXIT", "mkfifo pipe",
                                         "(cat pipe; touch done) &", "echo go > pipe"});
  EXPECT_EQ(captured.out, "go\nwaited\n");
  EXPECT_EQ(captured.exit_code, 0) << captured.err;
}

TEST(CommandLine, an_escaped_semicolon_belongs_to_its_command) {
  EXPECT_EQ(run_wrapped({R"(find / -maxdepth 0 -exec echo {} \;)", "echo end"}).out, "/\nend\n");
}

TEST(CommandLine, a_comment_or_here_document_does_not_swallow_the_next_command) {
  EXPECT_EQ(run_wrapped({"echo a # b", "cat <<EOF\nx y\nEOF", "echo c"}).out, "a\nx y\nc\n");
}

TEST(CommandLine, no_commands_succeed) { EXPECT_EQ(run_wrapped({}).exit_code, 0); }

TEST(CommandLine, windows_commands_stop_at_the_first_failure_too) {
  EXPECT_EQ(wrap_commands_in_shell({"set A=1 &", R"("C:\a b\c.exe" x)"}, OsType::windows),
            R"(cmd.exe /c "set A=1 && "C:\a b\c.exe" x")");
  EXPECT_EQ(wrap_commands_in_shell({"hydro hydro.inp & qual qual.inp"}, OsType::windows),
            R"(cmd.exe /c "hydro hydro.inp && qual qual.inp")");
  EXPECT_EQ(stopping_at_failures(R"(a 2>&1 "b & c" ^& d && e & f &)"),
            R"(a 2>&1 "b & c" ^& d && e && f &)");
}

TEST(ShellQuote, any_text_is_one_word) {
  for (const std::string text :
       {"", "a b", "it's", "'", "''", R"(\)", R"("$HOME" `x` \n !)", "*", "a\nb", "-n", "ü"})
    EXPECT_EQ(run_line("printf %s " + shell_quote(text)).out, text);
}

TEST(FileSpecs, an_input_names_container_and_prefix) {
  const ResourceFile file = create_input_file_spec("https://a.example/in?sig=x", "runs/");
  EXPECT_EQ(file.storage_container_url, "https://a.example/in?sig=x");
  EXPECT_EQ(file.blob_prefix, "runs/");
  EXPECT_FALSE(file.file_path);
  EXPECT_EQ(create_input_file_spec("u", "", "data").file_path, "data");
  EXPECT_FALSE(create_input_file_spec("u", "", "data").blob_prefix);
}

TEST(FileSpecs, an_output_names_pattern_place_and_condition) {
  const OutputFile file = create_output_file_spec("../std*.txt", "https://a.example/out?sig=x",
                                                  "t1", OutputFileUploadCondition::task_failure);
  EXPECT_EQ(encode(Task{.id = "t", .command_line = "c", .output_files = {file}}, {"outputFiles"}),
            R"({"outputFiles":[{"filePattern":"../std*.txt","destination":{"container":)"
            R"({"path":"t1","containerUrl":"https://a.example/out?sig=x"}},)"
            R"("uploadOptions":{"uploadCondition":"taskfailure"}}]})");
  EXPECT_EQ(create_output_file_spec("*", "u").upload_options.upload_condition,
            OutputFileUploadCondition::task_completion);
  EXPECT_FALSE(create_output_file_spec("*", "u").destination.container->path);
}

}  // namespace
}  // namespace dms::batch
