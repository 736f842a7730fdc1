#include "fruits/stats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little endian");

using nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;  // parsed JSON takes many times its text

std::unexpected<Error> Corrupt(std::string what) {
  return Fail(ErrorCode::kCorrupt, "safetensors: " + std::move(what));
}

// A tensor as its header entry describes it, checked against the size of the data.
struct Entry {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Only whole numbers: 3.0 or -1 is no size.
Result<std::vector<std::size_t>> Sizes(const json& value, const std::string& field) {
  if (!value.is_array()) return Corrupt(fmt::format("{} is not a list", field));
  std::vector<std::size_t> sizes;
  for (const json& item : value) {
    if (!item.is_number_unsigned())
      return Corrupt(fmt::format("{} holds {}, expected a size", field, item.dump()));
    sizes.push_back(item.get<std::size_t>());
  }
  return sizes;
}

Result<Entry> ReadEntry(const std::string& name, const json& value, std::size_t data_bytes) {
  const std::string where = fmt::format("tensor '{}'", name);
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    return Corrupt(where + " lacks dtype, shape or data_offsets");
  }
  if (value["dtype"] != "F64") {
    return Corrupt(fmt::format("{} has dtype {}, expected \"F64\"", where,
                               value["dtype"].dump(-1, ' ', false, json::error_handler_t::replace)));
  }
  Entry entry{name, {}};
  FRUITS_TRY(entry.shape, Sizes(value["shape"], where + ": shape"));
  FRUITS_TRY(const std::vector<std::size_t> offsets, Sizes(value["data_offsets"], where + ": data_offsets"));
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes) {
    return Corrupt(fmt::format("{}: data_offsets do not lie in {} bytes of data", where, data_bytes));
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  std::size_t count = 1;
  for (const std::size_t size : entry.shape) {
    // Sizes of 0 are taken last in mind: a product that passes the data can never fit.
    if (size != 0 && count > data_bytes / size) return Corrupt(where + ": shape is larger than the data");
    count *= size;
  }
  if (count * sizeof(double) != entry.end - entry.begin) {
    return Corrupt(fmt::format("{}: shape needs {} bytes, data_offsets give {}", where,
                               count * sizeof(double), entry.end - entry.begin));
  }
  return entry;
}

}  // namespace

std::string WriteSafetensors(const std::map<std::string, TensorView>& tensors) {
  json header = json::object();
  std::size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t end = offset + tensor.values.size_bytes();
    header[name] = {{"dtype", "F64"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data is aligned
  const std::uint64_t length = text.size();
  std::string out;
  out.reserve(sizeof length + text.size() + offset);
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out.append(text);
  for (const auto& [name, tensor] : tensors) {
    out.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes());
  }
  return out;
}

Result<std::map<std::string, Tensor>> ReadSafetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length)
    return Corrupt(fmt::format("{} bytes are less than a header", bytes.size()));
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > std::min<std::uint64_t>(bytes.size() - sizeof length, kMaxHeaderBytes)) {
    return Corrupt(
        fmt::format("a header of {} bytes in {} bytes (at most {})", length, bytes.size(), kMaxHeaderBytes));
  }
  const json header = json::parse(bytes.substr(sizeof length, length), nullptr, false);
  if (!header.is_object()) return Corrupt("the header is not a JSON object");
  const std::string_view data = bytes.substr(sizeof length + length);

  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") continue;
    FRUITS_TRY(Entry entry, ReadEntry(name, value, data.size()));
    entries.push_back(std::move(entry));
  }
  // The tensors must lie end to end: no gap, no overlap. So all together take no more than the bytes given.
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::size_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered)
      return Corrupt(fmt::format("tensor '{}' leaves a gap or overlaps", entry.name));
    covered = entry.end;
  }
  if (covered != data.size()) {
    return Corrupt(fmt::format("tensors cover {} of {} bytes of data", covered, data.size()));
  }
  std::map<std::string, Tensor> tensors;
  for (Entry& entry : entries) {
    Tensor& tensor = tensors[entry.name];
    tensor.shape = std::move(entry.shape);
    tensor.values.resize((entry.end - entry.begin) / sizeof(double));
    // An empty tensor has no memory to copy to.
    if (!tensor.values.empty())
      std::memcpy(tensor.values.data(), data.data() + entry.begin, entry.end - entry.begin);
  }
  return tensors;
}

}  // namespace fruits
