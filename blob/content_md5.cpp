#include "blob/content_md5.h"

#include <vector>

#include "blob/steady_file.h"
#include "core/crypto.h"

namespace dms::blob {

Result<std::string> content_md5(BodySource& content) {
  DMS_CHECK(content.rewind());
  Md5 md5;
  std::vector<char> buffer(std::size_t{256} * 1024);
  while (true) {
    DMS_TRY(const std::size_t count, content.read(buffer));
    if (count == 0) return base64_encode(md5.finish());
    md5.update(std::span(buffer).first(count));
  }
}

Result<std::string> file_md5(const std::string& path) {
  DMS_TRY(auto file, SteadyFile::open(path));
  return content_md5(file);
}

}  // namespace dms::blob
