// The character set of file names, as libarchive sees it.
//
// libarchive asks nl_langinfo(CODESET) whether names have to be converted and may be marked as
// UTF-8. The true answer depends on the locales installed on the node, which a static program
// cannot use. So the linker sends that question here (--wrap=nl_langinfo in CMakeLists.txt), and
// the answer is UTF-8, always: names pass through unchanged and are marked.
#include <langinfo.h>

extern "C" {

char* __real_nl_langinfo(nl_item item);

char* __wrap_nl_langinfo(nl_item item) {
  static char utf8[] = "UTF-8";
  return item == CODESET ? utf8 : __real_nl_langinfo(item);
}
}
