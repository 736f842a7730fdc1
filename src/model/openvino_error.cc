#include "model/openvino_error.h"

#include <new>
#include <sstream>

namespace fruits {
namespace {

// OpenVINO writes "Exception from src/...:12:\nCheck '...' failed at src/...:34:\nthe reason\n".
std::string OneLine(const std::string& what) {
  std::istringstream lines(what);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    if (line.starts_with("Exception from ")) continue;
    text += (text.empty() ? "" : " ") + line;
  }
  return text.empty() ? "OpenVINO gave no reason" : text;
}

}  // namespace

Error ErrorFromException(std::exception_ptr exception, ErrorCode code, std::string_view context) {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kResourceExhausted, "out of memory").WithContext(context);
  } catch (const std::exception& caught) {
    return Error(code, OneLine(caught.what())).WithContext(context);
  } catch (...) {
    return Error(code, "an unknown exception").WithContext(context);
  }
}

}  // namespace fruits
