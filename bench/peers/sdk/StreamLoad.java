import com.starrocks.data.load.stream.StreamLoadDataFormat;
import com.starrocks.data.load.stream.properties.StreamLoadProperties;
import com.starrocks.data.load.stream.properties.StreamLoadTableProperties;
import com.starrocks.data.load.stream.v2.StreamLoadManagerV2;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sends rows with StarRocks' own stream-load-sdk. Arguments: host:port of the frontend, json or csv, plain or transaction, a file with a
 * row in each line. Each line of the input is a number of rows: they are sent, and what that took is a line of the output.
 */
public class StreamLoad {
  /** As the connector for Flink has them unless set: sink.buffer-flush.max-bytes, max-rows, sink.chunk-limit. */
  private static final long MAX_BYTES = 90L * 1024 * 1024;
  private static final int MAX_ROWS = 500_000;
  private static final long CHUNK_LIMIT = 3L * 1024 * 1024 * 1024;

  public static void main(String[] args) throws Exception {
    String[] rows = Files.readAllLines(Path.of(args[3])).toArray(new String[0]);
    StreamLoadManagerV2 manager = new StreamLoadManagerV2(propertiesOf(args), true);
    manager.init();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      int count = Integer.parseInt(line);
      Spent spent = new Spent();
      for (int sent = 0; sent < count; sent++) manager.write(null, "bench", "orders", rows[sent % rows.length]);
      manager.flush();
      System.out.println(spent.text());
    }
    manager.close();
  }

  private static StreamLoadProperties propertiesOf(String[] args) {
    boolean isJson = args[1].equals("json");
    StreamLoadTableProperties.Builder table =
        StreamLoadTableProperties.builder()
            .database("bench")
            .table("orders")
            .streamLoadDataFormat(isJson ? StreamLoadDataFormat.JSON : StreamLoadDataFormat.CSV)
            .chunkLimit(CHUNK_LIMIT)
            .maxBufferRows(MAX_ROWS)
            .addProperty("format", args[1]);
    if (isJson) table.addProperty("strip_outer_array", "true").addProperty("ignore_json_size", "true");
    StreamLoadProperties.Builder properties =
        StreamLoadProperties.builder()
            .loadUrls("http://" + args[0])
            .username("root")
            .password("")
            .version("3.5.0")
            .cacheMaxBytes(MAX_BYTES)
            .defaultTableProperties(table.build());
    return (args[2].equals("transaction") ? properties.enableTransaction() : properties).build();
  }
}
