#include "model/model_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace fruits {
namespace {

namespace fs = std::filesystem;

// Files in which an ONNX model keeps its weights: the values of the key "location" in
// TensorProto.external_data (field 1 is the key, field 2 the value: onnx.proto, StringStringEntryProto).
std::set<std::string> ExternalFiles(const std::string& onnx) {
  constexpr std::string_view kKey = "\x0A\x08location\x12";
  std::set<std::string> files;
  for (std::size_t at = onnx.find(kKey); at != std::string::npos; at = onnx.find(kKey, at + 1)) {
    const std::size_t length_at = at + kKey.size();
    if (length_at >= onnx.size()) break;
    const std::size_t length = static_cast<unsigned char>(onnx[length_at]);
    if (length == 0 || length > 127 || length_at + 1 + length > onnx.size()) continue;
    files.insert(onnx.substr(length_at + 1, length));
  }
  return files;
}

}  // namespace

Result<std::set<std::string>> CompanionFiles(const std::string& path) {
  if (path.ends_with(".xml")) {
    return std::set<std::string>{fs::path(path).replace_extension(".bin").filename().string()};
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  std::set<std::string> names;
  for (const std::string& name : ExternalFiles(std::move(bytes).str())) {
    const fs::path inside = fs::path(name).lexically_normal();
    if (inside.is_absolute() || inside.begin()->string() == "..") {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: its weights lie outside its folder, in '{}'", path, name));
    }
    names.insert(inside.string());
  }
  return names;
}

}  // namespace fruits
