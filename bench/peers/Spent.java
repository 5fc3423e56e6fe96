import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process took since the object was made: the time of all its threads, and its largest resident set ever. */
public class Spent {
  private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final long cpuNs = process.getProcessCpuTime();
  private final long wallNs = System.nanoTime();

  /** One line of JSON. */
  public String text() throws Exception {
    double cpuMs = (process.getProcessCpuTime() - cpuNs) / 1e6;
    double wallMs = (System.nanoTime() - wallNs) / 1e6;
    return "{\"cpuMs\":" + cpuMs + ",\"wallMs\":" + wallMs + ",\"peakBytes\":" + peakBytes() + "}";
  }

  private static long peakBytes() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    throw new IllegalStateException("/proc/self/status has no VmHWM.");
  }
}
