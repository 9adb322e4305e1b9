// Input files with gaps. The input's first byte says in which style; its first line is a value, and
// the rest is the template.
#include "node/template_text.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::node;

namespace {

void check_fitted(std::string_view value, std::size_t width) {
  const auto fit = fitted(value, width);
  fuzz::require(!fit || width == 0 || fit->size() == width, "what fits is as wide as its gap",
                value);
  fuzz::require(fit || value.size() > width, "a value that is not too long fits", value);
}

void check_piece(std::string_view text, const TemplatePiece& piece, TemplateStyle style) {
  if (piece.name.empty()) {
    fuzz::require(!piece.text.empty() && piece.text.data() == text.data() + piece.place,
                  "a piece stands where it is said to be");
    return;
  }
  fuzz::require(piece.text.empty() && template_detail::name_at(piece.name, 0) == piece.name,
                "a gap has a name", piece.name);
  fuzz::require((piece.width > 0) == (style == TemplateStyle::tilde), "fields have a width");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const auto style = static_cast<TemplateStyle>(fuzz::take_byte(text) % 3);
  const std::string_view value = fuzz::take_until(text, "\n");
  std::vector<TemplateFault> faults;
  const auto pieces = split_template(text, style, faults);
  fuzz::require(style == TemplateStyle::tilde || faults.empty(), "only fields can be wrong");
  std::size_t done = 0;
  for (const TemplatePiece& piece : pieces) {
    fuzz::require(piece.place >= done && piece.place < text.size(), "pieces are in order");
    done = piece.place + std::max(piece.text.size(), piece.width);
    fuzz::require(done <= text.size(), "pieces are of the text");
    check_piece(text, piece, style);
    check_fitted(value, piece.width);
  }
  for (const TemplateFault& fault : faults) {
    fuzz::require(fault.place <= text.size() && !fault.message.empty(), "a fault has a place");
    fuzz::require(line_and_column(text, fault.place).find(":0") == std::string::npos,
                  "lines and columns count from 1");
  }
  return 0;
}
