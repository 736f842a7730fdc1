#include "report/page_text.h"

#include <gtest/gtest.h>

#include <array>

namespace fruits::report {
namespace {

TEST(Base64Test, TheExamplesOfRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xFF\xFE\xFD"), "//79");
}

TEST(Base64Test, NumbersLowestByteFirst) {
  const std::array<float, 1> one{1};
  EXPECT_EQ(Base64Of(std::span<const float>(one)), Base64(std::string_view("\0\0\x80\x3F", 4)));
  const std::array<std::uint16_t, 2> small{1, 0x1234};
  EXPECT_EQ(Base64Of(std::span<const std::uint16_t>(small)), Base64(std::string_view("\x01\0\x34\x12", 4)));
}

TEST(JsonForPageTest, NothingEndsTheElementOrALine) {
  const nlohmann::ordered_json json{{"</script><!--", "a&b\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA\"\n"}};
  const std::string text = JsonForPage(json);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(text.find("\xE2\x80\xA8"), std::string::npos);
  EXPECT_EQ(nlohmann::ordered_json::parse(text), json);
}

TEST(JsonForPageTest, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(JsonForPage(nlohmann::ordered_json("caf\xE9")), "\"caf\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace fruits::report
