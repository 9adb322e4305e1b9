// Commands that need no shell: a program and its arguments, as most runs of a sweep are. To start a
// shell for them takes longer than to start the program; make does without it in the same way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dms::node {

// The words that bash would make of the command, with $NAME and ${NAME} replaced from the
// environment. Nothing when bash might do anything else with it: quotes, patterns, several
// commands, words of its own, variables it sets itself or would split, functions and settings in
// the environment.
std::vector<std::string> plain_words(std::string_view command);

}  // namespace dms::node
