#include "fruits/stats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace fruits {
namespace {

using testing::HasSubstr;

// A file from its parts, whatever they say.
std::string File(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(data_bytes, '\0');
}

TEST(Safetensors, RoundTrip) {
  const std::vector<double> a = {1, 2, 3, 4, 5, -0.0}, b = {1e-300};
  const std::string bytes =
      WriteSafetensors({{"a", {{2, 3}, a}}, {"b", {{1}, b}}, {"none", {{0, 4}, {}}}, {"s", {{}, b}}});
  EXPECT_EQ((bytes.size() - 7 * 8 - 8) % 8, 0U);
  const auto tensors = ReadSafetensors(bytes);
  ASSERT_TRUE(tensors) << tensors.error().message();
  ASSERT_EQ(tensors->size(), 4U);
  EXPECT_EQ(tensors->at("a").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(std::memcmp(tensors->at("a").values.data(), a.data(), 48), 0);
  EXPECT_EQ(tensors->at("b").values, b);
  EXPECT_TRUE(tensors->at("none").values.empty());
  EXPECT_TRUE(tensors->at("s").shape.empty());
}

TEST(Safetensors, TakesMetadataAndPadding) {
  const auto tensors = ReadSafetensors(
      File(R"({"__metadata__":{"x":"y"},"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}   )", 16));
  ASSERT_TRUE(tensors);
  EXPECT_EQ(tensors->at("a").values.size(), 2U);
}

TEST(Safetensors, RefusesBrokenHeaders) {
  const std::string huge = "18446744073709551615";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "JSON"},
      {"[1]", "JSON"},
      {"{", "JSON"},
      {R"({"a":3})", "'a'"},
      {R"({"a":{"shape":[2],"data_offsets":[0,16]}})", "dtype"},
      {R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", "F64"},
      {R"({"a":{"dtype":"F64","shape":[3],"data_offsets":[0,16]}})", "24 bytes"},
      {R"({"a":{"dtype":"F64","shape":[-2],"data_offsets":[0,16]}})", "-2"},
      {R"({"a":{"dtype":"F64","shape":[2.0],"data_offsets":[0,16]}})", "2.0"},
      {R"({"a":{"dtype":"F64","shape":"2","data_offsets":[0,16]}})", "shape"},
      {R"({"a":{"dtype":"F64","shape":[)" + huge + R"(],"data_offsets":[0,16]}})", "larger"},
      {R"({"a":{"dtype":"F64","shape":[4294967296,4294967296,2],"data_offsets":[0,16]}})", "larger"},
      {R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,)" + huge + "]}}", "data_offsets"},
      {R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[16,0]}})", "data_offsets"},
      {R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", "cover"},
      {R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}})", "gap"},
      {R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}})",
       "overlaps"},
  };
  for (const auto& [header, message] : cases) {
    const auto tensors = ReadSafetensors(File(header, 16));
    ASSERT_FALSE(tensors) << header;
    EXPECT_EQ(tensors.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(tensors.error().message(), HasSubstr(message)) << header;
  }
}

TEST(Safetensors, RefusesAHeaderLengthBeyondTheBytes) {
  EXPECT_FALSE(ReadSafetensors("abc"));
  EXPECT_FALSE(ReadSafetensors(std::string(8, '\xff')));
  EXPECT_FALSE(ReadSafetensors(File(std::string(3 << 20, ' ') + "{}", 0)));
}

}  // namespace
}  // namespace fruits
