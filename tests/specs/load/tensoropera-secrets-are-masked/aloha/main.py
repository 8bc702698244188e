print("aloha")
