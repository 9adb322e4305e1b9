// Fills the gaps of an input file with the values of environment variables.
#pragma once

#include <string>

#include "node/status.h"
#include "node/template_text.h"

namespace dms::node {

struct TemplateOptions {
  std::string from;  // the file with gaps
  std::string to;    // what is written; its folders are created
  TemplateStyle style = TemplateStyle::braces;
};

// Writes `to`, with the mode of `from`. It appears whole, under its name, or not at all; it may be
// `from` itself. Variables are looked up as they are written; with the style tilde also in capital
// letters and then in any case.
// Errors: bad_archive, with file:line:column, for a gap whose variable is not set or whose value is
// too long for it, and for a file that is no template; io_error.
Status fill_template(const TemplateOptions& options);

}  // namespace dms::node
